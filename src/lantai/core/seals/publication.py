"""Public keys as a text to hand out: what each is for, in whose name, its fingerprint, and the PEM.

Whoever keeps the text outside can go on verifying, and give it back, after the keystore is lost.
OpenSSL reads the first key of it as it stands; the words before each are passed over.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from ..errors import Invalid
from ..language import gettext as _
from .keys import PublicKey
from .keystore import StoredKey

_BLOCK = re.compile(
    r"(?P<words>.*?)(?P<pem>-----BEGIN PUBLIC KEY-----.*?-----END PUBLIC KEY-----)", re.DOTALL
)
_FIELD = re.compile(r"^(purpose|name|fingerprint): *(.*?) *$", re.MULTILINE)
LARGEST_BYTES = 2**20


def published(keys: Iterable[StoredKey]) -> str:
    """The text for some keys."""
    return "\n".join(
        f"purpose: {key.purpose}\nname: {key.public.subject_name}\n"
        f"fingerprint: {key.public.key_id}\n{key.public.pem}"
        for key in keys
    )


def read_published(text: str) -> list[tuple[PublicKey, str]]:
    """Each key of such a text with its purpose; a bare PEM is one key of no purpose.

    Raises:
        Invalid: there is no public key in it, or one is not what the words before it say.
    """
    found = []
    for block in _BLOCK.finditer(text):
        told = dict(_FIELD.findall(block["words"]))
        key = replace(PublicKey.from_pem(block["pem"]), subject_name=told.get("name", ""))
        if told.get("fingerprint", key.key_id).lower() != key.key_id:
            raise Invalid(
                _("公钥与写明的指纹不符。"), subject=told["fingerprint"], remedy=_("请向公布者重新取得。")
            )
        found.append((key, told.get("purpose", "")))
    if not found:
        raise Invalid(
            _("文件里没有公钥。"), remedy=_("请提供 lantai keys export-public 写出的文件，或 PEM 公钥。")
        )
    return found

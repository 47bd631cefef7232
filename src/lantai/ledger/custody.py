"""Whether the key that signed the latest head is still in our hands.

A keystore that is missing is made anew without a word, as on the first day. After that day it
must not be: heads signed by a new key would look like those of another house.
"""

from __future__ import annotations

from lantai.core import seals
from lantai.core.errors import LantaiError, Unavailable
from lantai.core.health import Health, ailing, healthy
from lantai.core.language import gettext as _

from .heads import PURPOSE
from .models import Head

_TITLE = "密钥库"


def require_key_of_heads() -> None:
    """Refuses to go on signing heads with a key nobody chose.

    Raises:
        Unavailable: the keystore has no key for the next head, though there are heads already. An
            operator who makes one (``lantai keys create ledger.head``) has chosen it.
    """
    latest = Head.objects.order_by("-size").first()
    if latest is None or any(key.purpose == PURPOSE and not key.public_only for key in seals.public_keys()):
        return
    raise Unavailable(
        _("密钥库中没有签发过存证树首的密钥：密钥库文件不见了，或被换过。"),
        subject=_("keystore.json，密钥 %(key_id)s…") % {"key_id": latest.seal.key_id[:16]},
        remedy=_(
            "请从备份恢复 keystore.json 及其口令后重新启动；确已无法找回的，"
            "运行 lantai keys create ledger.head 另立新钥，此后的树首由新钥签发。"
        ),
    )


def check_keystore() -> Health:
    """For ``lantai doctor``: the keystore opens, and it is the one that signed so far."""
    try:
        if Head.objects.exists() or seals.keystore_path().exists():
            require_key_of_heads()
            seals.unlock()
    except LantaiError as error:
        return ailing(_TITLE, f"{error.message}（{error.subject}）", error.remedy)
    return healthy(_TITLE, "可以解锁" if seals.keystore_path().exists() else "尚未建立，首次启动时建立")

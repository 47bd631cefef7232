"""Signing and verifying with this instance's keys."""

from __future__ import annotations

import base64
import secrets
import threading
from datetime import UTC, datetime
from pathlib import Path

from ..errors import Unavailable
from ..language import gettext as _
from ..settings import KEYSTORE_PASSPHRASE, KEYSTORE_PASSPHRASE_FILE, home
from ..system_errors import words_of
from . import keyfile
from .keys import Algorithm, KeyPort, PublicKey
from .keystore import Keystore, StoredKey, read_public_keys
from .seal import Seal, message_of, verify_with

SAMPLE_SUBJECT = "兰台样章"
"""In whose name a key signs until an operator makes one in the institution's name."""

_opened: dict[Path, Keystore] = {}
_lock = threading.Lock()


def keystore_path() -> Path:
    """Where this instance's keystore lies."""
    return home() / "keystore.json"


def default_keys() -> Keystore:
    """This instance's keystore, unlocked once a process.

    Raises:
        Unavailable: no passphrase, or a wrong one.
        Invalid: the keystore was changed or is damaged.
    """
    path = keystore_path()
    with _lock:
        if path not in _opened or not path.exists():
            _opened[path] = Keystore.open(path, _passphrase(path))
        return _opened[path]


def unlock() -> None:
    """Unlocks the keystore now, so that a wrong passphrase stops the start and not the first seal."""
    default_keys()


def sign(
    purpose: str, data: bytes, *, algorithm: Algorithm | None = None, keys: KeyPort | None = None
) -> Seal:
    """Seals data for a purpose (``ledger.head``, ``opening.decision``, …).

    A purpose that has no key yet gets one in the name of the sample seal.
    """
    if keys is None:
        keys = default_keys()
        keys.ensure(purpose, algorithm, subject_name=SAMPLE_SUBJECT)
    key = keys.current(purpose, algorithm)
    signed_at = datetime.now(UTC)
    message = message_of(
        purpose,
        data,
        algorithm=key.algorithm,
        key_id=key.key_id,
        signed_at=signed_at,
        subject_name=key.subject_name,
    )
    signature = base64.b64encode(keys.sign(key.key_id, message)).decode("ascii")
    return Seal(key.algorithm, key.key_id, signature, signed_at, key.subject_name)


def verify(seal: Seal, purpose: str, data: bytes, *, keys: KeyPort | None = None) -> bool:
    """Whether one of our keys, current or retired, made the seal for this purpose over this data."""
    key = public_key(seal.key_id) if keys is None else keys.public_key(seal.key_id)
    return key is not None and verify_with(key, seal, purpose, data)


def public_key(key_id: str) -> PublicKey | None:
    """The public half of one of our keys; ``None`` when unknown.

    Once the keystore is unlocked its integrity is checked too; before that, as for an auditor
    without the passphrase, the public halves are read as they stand.
    """
    path = keystore_path()
    with _lock:
        opened = _opened.get(path)
    if opened is not None and path.exists():
        return opened.public_key(key_id)
    return next((key.public for key in read_public_keys(path) if key.public.key_id == key_id), None)


def public_keys() -> list[StoredKey]:
    """Every key this instance knows, by its public half, oldest first; needs no passphrase."""
    return read_public_keys(keystore_path())


def _passphrase_from_file(name: str) -> str:
    """What the operator put into a file, such as a systemd credential; empty when none is named."""
    try:
        return Path(name).read_text(encoding="utf-8").strip() if name else ""
    except OSError as error:
        raise Unavailable(
            _("口令文件读不了：%(strerror)s。") % {"strerror": words_of(error)},
            subject=name,
            remedy=_("请核对 LANTAI_KEYSTORE_PASSPHRASE_FILE 与文件的权限后重新启动。"),
        ) from error


def _passphrase(path: Path) -> str:
    """The operator's passphrase; without one, the demo's own, made with a new keystore."""
    given = KEYSTORE_PASSPHRASE.read() or _passphrase_from_file(KEYSTORE_PASSPHRASE_FILE.read())
    if given:
        return given
    file = path.with_name("keystore.passphrase")
    if file.exists():
        return file.read_text(encoding="ascii").strip()
    if path.exists():
        raise Unavailable(
            _("密钥库没有解锁：既没有设置口令，也没有口令文件。"),
            subject=path.name,
            remedy=_("请设置 LANTAI_KEYSTORE_PASSPHRASE 后重新启动。"),
        )
    passphrase = secrets.token_urlsafe(32)
    with keyfile.locked(file):
        if not file.exists():
            keyfile.write_private(file, passphrase.encode("ascii"))
    return file.read_text(encoding="ascii").strip()

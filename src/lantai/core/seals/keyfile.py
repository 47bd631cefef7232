"""The keystore's file: its form, its passphrase, its integrity, and how it is written.

::

    {"format": "lantai-keystore-1",
     "kdf":   {"name": "scrypt", "n": 32768, "r": 8, "p": 1, "salt": hex},
     "check": hex,      SM4-GCM of a constant: tells a wrong passphrase from a changed file
     "keys":  [{"key_id", "purpose", "algorithm", "subject_name", "created_at", "public", "private"}],
                        without "private": taken in to verify what a lost keystore signed
     "data_keys": [{"name", "created_at", "secret"}],
     "mac":   hex}      HMAC-SM3 of the canonical JSON of all the rest
"""

from __future__ import annotations

import fcntl
import hashlib
import hmac
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag

from ..canonical import canonical_json
from ..errors import Invalid, Unavailable
from ..language import gettext as _
from .adapters import sm4

FORMAT = "lantai-keystore-1"
_CHECK = b"lantai keystore"
_SCRYPT = {"n": 2**15, "r": 8, "p": 1}
_MOST_MEMORY = 256 * 2**20

Document = dict[str, Any]


@dataclass(frozen=True, slots=True, repr=False)
class Secrets:
    """What the passphrase unlocks; never shown."""

    wrapping_key: bytes
    mac_key: bytes


def new_document(passphrase: str) -> tuple[Document, Secrets]:
    """An empty keystore with its own salt."""
    kdf = {"name": "scrypt", **_SCRYPT, "salt": os.urandom(16).hex()}
    secrets = _derive(passphrase, kdf)
    check = sm4.encrypt(secrets.wrapping_key, _CHECK, canonical_json(kdf))
    return {"format": FORMAT, "kdf": kdf, "check": check.hex(), "keys": []}, secrets


def unlock(path: Path, document: Document, passphrase: str) -> Secrets:
    """The secrets of a keystore.

    Raises:
        Unavailable: wrong passphrase.
        Invalid: the file was changed.
    """
    try:
        secrets = _derive(passphrase, document["kdf"])
        sealed = bytes.fromhex(document["check"])
    except (KeyError, TypeError, ValueError) as error:
        raise damaged(path) from error
    try:
        sm4.decrypt(secrets.wrapping_key, sealed, canonical_json(document["kdf"]))
    except InvalidTag as error:
        raise Unavailable(
            _("密钥库口令不正确，无法解锁。"),
            subject=path.name,
            remedy=_("请核对 LANTAI_KEYSTORE_PASSPHRASE；口令遗失时从备份恢复密钥库及其口令。"),
        ) from error
    require_intact(path, document, secrets)
    return secrets


def require_intact(path: Path, document: Document, secrets: Secrets) -> None:
    """``Invalid`` when the file was changed by someone without the passphrase."""
    if not hmac.compare_digest(_mac(document, secrets), str(document.get("mac", ""))):
        raise damaged(path)


def read(path: Path) -> Document:
    """The file's content, not yet checked against a passphrase."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise damaged(path) from error
    if not isinstance(document, dict) or document.get("format") != FORMAT or "keys" not in document:
        raise damaged(path)
    return document


def write(path: Path, document: Document, secrets: Secrets) -> None:
    """Replaces the file in one step: either the old content stands, or the new."""
    content = {**document, "mac": _mac(document, secrets)}
    write_private(path, json.dumps(content, ensure_ascii=False, indent=1).encode())


def write_private(path: Path, content: bytes) -> None:
    """Writes a file only its owner may read, durably and in one step."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Holds off every other process that would write the file."""
    with path.with_name(f".{path.name}.lock").open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def stamp(path: Path) -> tuple[int, int, int]:
    """Changes whenever the file is replaced."""
    status = path.stat()
    return status.st_ino, status.st_mtime_ns, status.st_size


def damaged(path: Path) -> Invalid:
    """The error for a file that is not what was written."""
    return Invalid(
        _("密钥库文件已损坏或被改动，不能使用。"),
        subject=path.name,
        remedy=_("请停止服务，核对是谁动过该文件，并从备份恢复。"),
    )


def _derive(passphrase: str, kdf: dict[str, Any]) -> Secrets:
    if kdf["n"] * kdf["r"] * 128 > _MOST_MEMORY // 2 or kdf["p"] > 4:
        raise ValueError("parameters beyond reason")
    derived = hashlib.scrypt(
        passphrase.encode(),
        salt=bytes.fromhex(kdf["salt"]),
        n=kdf["n"],
        r=kdf["r"],
        p=kdf["p"],
        maxmem=_MOST_MEMORY,
        dklen=48,
    )
    return Secrets(derived[:16], derived[16:])


def _mac(document: Document, secrets: Secrets) -> str:
    content = {name: value for name, value in document.items() if name != "mac"}
    return hmac.new(secrets.mac_key, canonical_json(content), "sm3").hexdigest()

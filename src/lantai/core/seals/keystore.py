"""The keystore: private keys in one encrypted file, public keys beside them in clear.

Each private key is encrypted with SM4-GCM under a key derived from the passphrase; its purpose,
algorithm and public key are bound in as associated data. Keys are never deleted: a retired key
goes on verifying what it once signed. A public key alone, of a keystore that was lost, verifies
likewise and never signs. Keys for encrypting data stand beside them, encrypted alike.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag

from ..canonical import canonical_json, utc_text
from ..errors import Conflict, NotFound, Unavailable
from ..language import gettext as _
from . import keyfile
from .adapters import sm4
from .keys import Algorithm, PublicKey

_DATA_KEY_BYTES = 16


@dataclass(frozen=True, slots=True)
class StoredKey:
    """One key as ``lantai keys list`` shows it.

    Attributes:
        public: the public half.
        purpose: the one purpose it signs for; empty for a public key that came without.
        created_at: ISO 8601, UTC; of a public key alone, when it was taken in.
        retired: whether a newer key of that purpose and algorithm has taken its place.
        public_only: whether its private half is not here: it verifies and never signs.
    """

    public: PublicKey
    purpose: str
    created_at: str
    retired: bool
    public_only: bool = False


class Keystore:
    """Keys in a file; implements :class:`KeyPort`. Open it with :meth:`open`."""

    def __init__(self, path: Path, document: keyfile.Document, secrets: keyfile.Secrets) -> None:
        self.path = path
        self._document = document
        self._secrets = secrets
        self._stamp = keyfile.stamp(path)

    def __repr__(self) -> str:
        return f"<Keystore {self.path.name}: {len(self._document['keys'])} keys>"

    def __reduce__(self) -> str:
        raise TypeError("an unlocked keystore is never serialised")

    @classmethod
    def open(cls, path: Path, passphrase: str) -> Keystore:
        """Unlocks the file, creating an empty one when there is none.

        Raises:
            Unavailable: the passphrase is empty or wrong.
            Invalid: the file is damaged or was changed by someone without the passphrase.
        """
        if not passphrase:
            raise Unavailable(
                _("密钥库没有口令，无法解锁。"),
                subject=path.name,
                remedy=_("请设置 LANTAI_KEYSTORE_PASSPHRASE 后重新启动。"),
            )
        with keyfile.locked(path):
            if path.exists():
                document = keyfile.read(path)
                secrets = keyfile.unlock(path, document, passphrase)
            else:
                document, secrets = keyfile.new_document(passphrase)
                keyfile.write(path, document, secrets)
            return cls(path, document, secrets)

    def keys(self) -> list[StoredKey]:
        """Every key, oldest first."""
        self._refresh()
        return _stored_keys(self._document)

    def create(self, purpose: str, algorithm: Algorithm = Algorithm.SM2, *, subject_name: str) -> PublicKey:
        """Makes the first key for a purpose and algorithm; ``Conflict`` when there is one already."""
        key, made = self._add(purpose, algorithm, subject_name)
        if not made:
            raise Conflict(
                _("该用途已有在用的密钥。"),
                subject=purpose,
                remedy=_("如需更换，请运行 lantai keys rotate。"),
            )
        return key

    def ensure(self, purpose: str, algorithm: Algorithm | None, *, subject_name: str) -> PublicKey:
        """The current key for a purpose, made now when there is none."""
        entry = self._current(purpose, algorithm)
        if entry is not None:
            return _public(entry)
        return self._add(purpose, algorithm or Algorithm.SM2, subject_name)[0]

    def rotate(
        self, purpose: str, algorithm: Algorithm | None = None, *, subject_name: str = ""
    ) -> PublicKey:
        """Puts a new key in the place of a purpose's current one, which goes on verifying."""
        old = self.current(purpose, algorithm)
        name = subject_name or old.subject_name
        return self._add(purpose, old.algorithm, name, replacing=old.key_id)[0]

    def trust(self, key: PublicKey, purpose: str = "") -> bool:
        """Takes in a public key, to verify what a lost keystore signed; returns whether it is new."""
        with keyfile.locked(self.path):
            if self._entry(key.key_id) is not None:
                return False
            self._write_key(_entry_of(key, purpose))
        return True

    def current(self, purpose: str, algorithm: Algorithm | None = None) -> PublicKey:
        """The key that signs for a purpose now; ``NotFound`` when none was made."""
        entry = self._current(purpose, algorithm)
        if entry is None:
            raise NotFound(
                _("该用途还没有密钥。"), subject=purpose, remedy=_("请先运行 lantai keys create 建立。")
            )
        return _public(entry)

    def public_key(self, key_id: str) -> PublicKey | None:
        """A key's public half, also of retired keys."""
        entry = self._entry(key_id)
        return _public(entry) if entry else None

    def sign(self, key_id: str, message: bytes) -> bytes:
        """Signs a message. The private key is decrypted for this one use.

        Raises:
            NotFound: no key has this fingerprint.
            Invalid: the key's entry was changed.
        """
        entry = self._entry(key_id)
        if entry is None or "private" not in entry:
            raise NotFound(_("密钥库中没有这把密钥。"), subject=key_id)
        public = _public(entry)
        try:
            private = sm4.decrypt(self._secrets.wrapping_key, bytes.fromhex(entry["private"]), _bound(entry))
        except (InvalidTag, ValueError) as error:
            raise keyfile.damaged(self.path) from error
        return public.algorithm.scheme.sign(private, public.raw, message)

    def data_key(self, name: str, *, make: bool = False) -> bytes | None:
        """A symmetric key of 16 bytes for encrypting data (SM4), by name; never shown, never deleted.

        Args:
            name: what it encrypts, such as ``store:backup-far``.
            make: makes it when there is none; otherwise ``None`` says so.

        Raises:
            Invalid: the key's entry was changed.
        """
        self._refresh()
        entry = self._data_entry(name)
        if entry is None and make:
            entry = self._add_data_key(name)
        if entry is None:
            return None
        try:
            return sm4.decrypt(self._secrets.wrapping_key, bytes.fromhex(entry["secret"]), _bound_data(entry))
        except (InvalidTag, ValueError) as error:
            raise keyfile.damaged(self.path) from error

    def _data_entry(self, name: str) -> dict[str, Any] | None:
        entries = self._document.get("data_keys", [])
        return next((entry for entry in entries if entry["name"] == name), None)

    def _add_data_key(self, name: str) -> dict[str, Any]:
        entry = {"name": name, "created_at": utc_text(datetime.now(UTC))}
        sealed = sm4.encrypt(self._secrets.wrapping_key, os.urandom(_DATA_KEY_BYTES), _bound_data(entry))
        with keyfile.locked(self.path):
            self._refresh()
            standing = self._data_entry(name)
            if standing is not None:
                return standing
            made = {**entry, "secret": sealed.hex()}
            document = {**self._document, "data_keys": [*self._document.get("data_keys", []), made]}
            keyfile.write(self.path, document, self._secrets)
            self._document, self._stamp = document, keyfile.stamp(self.path)
        return made

    def _entry(self, key_id: str) -> dict[str, Any] | None:
        self._refresh()
        return next((entry for entry in self._document["keys"] if entry["key_id"] == key_id), None)

    def _current(self, purpose: str, algorithm: Algorithm | None) -> dict[str, Any] | None:
        self._refresh()
        entries = [
            entry
            for entry in self._document["keys"]
            if entry["purpose"] == purpose and algorithm in (None, entry["algorithm"]) and "private" in entry
        ]
        return entries[-1] if entries else None

    def _add(
        self, purpose: str, algorithm: Algorithm, subject_name: str, *, replacing: str = ""
    ) -> tuple[PublicKey, bool]:
        """Adds a key unless another process did so first; (the current key, whether it is ours)."""
        private, raw = algorithm.scheme.generate()
        public = PublicKey(algorithm, raw, subject_name)
        entry = _entry_of(public, purpose)
        sealed = sm4.encrypt(self._secrets.wrapping_key, private, _bound(entry))
        with keyfile.locked(self.path):
            standing = self._current(purpose, algorithm)
            if standing is not None and standing["key_id"] != replacing:
                return _public(standing), False
            self._write_key({**entry, "private": sealed.hex()})
        return public, True

    def _write_key(self, entry: dict[str, Any]) -> None:
        """Adds an entry to the file, which the caller has locked and read."""
        document = {**self._document, "keys": [*self._document["keys"], entry]}
        keyfile.write(self.path, document, self._secrets)
        self._document, self._stamp = document, keyfile.stamp(self.path)

    def _refresh(self) -> None:
        """Takes up what another process wrote since."""
        stamp = keyfile.stamp(self.path)
        if stamp != self._stamp:
            document = keyfile.read(self.path)
            keyfile.require_intact(self.path, document, self._secrets)
            self._document, self._stamp = document, stamp


def read_public_keys(path: Path) -> list[StoredKey]:
    """The public halves, which need no passphrase; empty when there is no keystore yet."""
    return _stored_keys(keyfile.read(path)) if path.exists() else []


def _public(entry: dict[str, Any]) -> PublicKey:
    return PublicKey(Algorithm(entry["algorithm"]), bytes.fromhex(entry["public"]), entry["subject_name"])


def _entry_of(key: PublicKey, purpose: str) -> dict[str, Any]:
    return {
        "key_id": key.key_id,
        "purpose": purpose,
        "algorithm": str(key.algorithm),
        "subject_name": key.subject_name,
        "created_at": utc_text(datetime.now(UTC)),
        "public": key.raw.hex(),
    }


def _bound(entry: dict[str, Any]) -> bytes:
    """What a private key's ciphertext is tied to: everything about the key that stands in clear."""
    return canonical_json({name: value for name, value in entry.items() if name != "private"})


def _bound_data(entry: dict[str, Any]) -> bytes:
    """What a data key's ciphertext is tied to."""
    return canonical_json({"data_key": entry["name"], "created_at": entry["created_at"]})


def _stored_keys(document: keyfile.Document) -> list[StoredKey]:
    own = [entry for entry in document["keys"] if "private" in entry]
    newest = {(entry["purpose"], entry["algorithm"]): entry["key_id"] for entry in own}
    return [
        StoredKey(
            public=_public(entry),
            purpose=entry["purpose"],
            created_at=entry["created_at"],
            retired=newest.get((entry["purpose"], entry["algorithm"])) != entry["key_id"],
            public_only="private" not in entry,
        )
        for entry in document["keys"]
    ]

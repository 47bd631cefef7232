"""Encryption at rest (静态加密): a store whose every file is encrypted, around any other store.

``encryption = "sm4"`` in ``vault.toml`` turns it on for one store; off by default. The key is made
with the store and lies in the keystore under ``store:<key of the store>``. Digests everywhere are
those of the plain bytes; names and sizes of files stay visible. ``encryption.json`` among the
store's ledger files says how it is encrypted and by which key, for whoever has to restore it.
"""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from functools import partial
from hashlib import sha512
from pathlib import Path
from typing import IO, cast

from lantai.core.errors import Conflict, NotFound, Unavailable
from lantai.core.language import gettext as _
from lantai.core.seals import default_keys

from .adapters import sm4_files
from .cache import Cache
from .ocfl import INVENTORY
from .stores import ObjectFiles, Placement, Store

ABOUT = "encryption.json"


class EncryptedStore:
    """See :class:`lantai.vault.stores.Store`; ``inner`` holds what the outside sees."""

    crosses = False
    """The key stays in this process."""

    def __init__(self, inner: Store) -> None:
        self.facts = inner.facts
        self.inner = inner
        self._cache = Cache(inner.facts.key)
        self._held: bytes | None = None

    @property
    def volume(self) -> object:
        """That of the store within."""
        return self.inner.volume

    def prepare(self) -> None:
        """Makes the place a store, and a key for it where there is none."""
        self.inner.prepare()
        self._begin()

    def require_ready(self) -> None:
        """The store within is ready, and its key is at hand."""
        self.inner.require_ready()
        if self._held is not None:
            return
        try:
            about = json.loads(self.inner.get_evidence(ABOUT))
        except NotFound:
            if next(iter(self.inner.object_paths()), None) is not None:
                raise Unavailable(
                    _("存储里已有未加密的对象，不能就地改为加密。"),
                    subject=self.facts.name,
                    remedy=_("请在 vault.toml 中换一个空位置，再运行 lantai vault repair 写入加密的副本。"),
                ) from None
            self._begin()
            return
        key = default_keys().data_key(self._name)
        if key is None or sm4_files.key_id(key).hex() != about.get("key_id"):
            raise Unavailable(
                _("密钥库里没有这个存储的密钥，加密的副本读不出来；副本本身没有损坏。"),
                subject=self.facts.name,
                remedy=_(
                    "请从备份恢复 keystore.json 及其口令；密钥确已遗失时，把 location 换到空位置，"
                    "再运行 lantai vault repair 用其他副本重写。"
                ),
            )
        self._held = key

    @property
    def _name(self) -> str:
        return f"store:{self.facts.key}"

    def _begin(self) -> None:
        key = cast("bytes", default_keys().data_key(self._name, make=True))
        about = {
            "cipher": "SM4-GCM, chunks of 65536 bytes",
            "file": "LTSM4GCM, key id 8, salt 16, chunk size 4; chunks of ciphertext and tag 16; SHA-256 of all before",
            "file_key": "first 16 bytes of HMAC-SM3(store key, 'lantai file' + salt)",
            "nonce": "number of the chunk, 12 bytes big-endian",
            "associated_data": "header, then 1 for the last chunk and 0 for any other",
            "key_id": sm4_files.key_id(key).hex(),
        }
        self.inner.put_evidence(ABOUT, json.dumps(about, indent=1).encode())
        self._held = key

    @property
    def _key(self) -> bytes:
        if self._held is None:
            self.require_ready()
        return cast("bytes", self._held)

    def begin(self, batch: str) -> None:
        """See the protocol."""
        self.inner.begin(batch)

    def stage(self, batch: str, slot: str, path: str) -> AbstractContextManager[IO[bytes]]:
        """See the protocol."""
        return self._staging(batch, slot, path)

    @contextmanager
    def _staging(self, batch: str, slot: str, path: str) -> Iterator[IO[bytes]]:
        with (
            self.inner.stage(batch, slot, path) as target,
            sm4_files.SealingWriter(self._key, target) as writer,
        ):
            yield cast("IO[bytes]", writer)

    def stage_files(self, batch: str, slot: str, files: Mapping[str, bytes]) -> None:
        """See the protocol."""
        sealed = {path: sm4_files.encrypt(self._key, content) for path, content in files.items()}
        self.inner.stage_files(batch, slot, sealed)

    def unstage(self, batch: str, slot: str) -> None:
        """See the protocol."""
        self.inner.unstage(batch, slot)

    def staged(self, batch: str, slot: str) -> ObjectFiles:
        """See the protocol."""
        return DecryptedFiles(self.inner.staged(batch, slot), self._key)

    def sync(self) -> None:
        """See the protocol."""
        self.inner.sync()

    def place(self, batch: str, placement: Placement) -> None:
        """See the protocol."""
        self.inner.place(batch, placement)

    def take_back(self, placement: Placement) -> None:
        """See the protocol. The store within is told the digest of what stands there encrypted."""
        name = f"v{placement.version}/{INVENTORY}"
        try:
            with self.object_files(placement.object_path).open(name) as source:
                plain = source.read()
            with self.inner.object_files(placement.object_path).open(name) as source:
                sealed = b"".join(iter(lambda: source.read(1 << 20), b""))
        except OSError:
            return
        if sha512(plain).hexdigest() == placement.inventory_sha512:
            self.inner.take_back(replace(placement, inventory_sha512=sha512(sealed).hexdigest()))
            self._uncache(placement.object_path)

    def replace(self, batch: str, slot: str, object_path: str) -> None:
        """See the protocol."""
        self._uncache(object_path)
        self.inner.replace(batch, slot, object_path)

    def erase(self, batch: str, slot: str, object_path: str) -> None:
        """See the protocol."""
        self._uncache(object_path)
        self.inner.erase(batch, slot, object_path)

    def discard(self, batch: str) -> None:
        """See the protocol."""
        self.inner.discard(batch)

    def object_files(self, object_path: str) -> ObjectFiles:
        """See the protocol."""
        return DecryptedFiles(self.inner.object_files(object_path), self._key, self._cache, object_path)

    def object_paths(self) -> Iterator[str]:
        """See the protocol."""
        return self.inner.object_paths()

    def put_evidence(self, path: str, content: bytes) -> None:
        """See the protocol. The same content is never encrypted twice into the same place."""
        try:
            standing = self.get_evidence(path)
        except NotFound:
            self.inner.put_evidence(path, sm4_files.encrypt(self._key, content))
            return
        if standing != content:
            raise Conflict(_("存证文件已存在且内容不同，拒绝覆盖。"), subject=f"{self.facts.name} {path}")

    def get_evidence(self, path: str) -> bytes:
        """See the protocol."""
        sealed = self.inner.get_evidence(path)
        with sm4_files.OpenedFile(self._key, io.BytesIO(sealed), len(sealed), path) as opened:
            return opened.read()

    def evidence_paths(self, prefix: str) -> Sequence[str]:
        """See the protocol."""
        return [path for path in self.inner.evidence_paths(prefix) if path != ABOUT]

    def free_bytes(self) -> int | None:
        """See the protocol."""
        return self.inner.free_bytes()

    def _uncache(self, object_path: str) -> None:
        self._cache.forget(f"plain/{object_path}")


class DecryptedFiles:
    """The files of an encrypted object (:class:`lantai.vault.stores.ObjectFiles`)."""

    def __init__(
        self, inner: ObjectFiles, key: bytes, cache: Cache | None = None, object_path: str = ""
    ) -> None:
        self._inner, self._key, self._cache, self._object_path = inner, key, cache, object_path

    def paths(self) -> Iterable[str]:
        """See the protocol."""
        return self._inner.paths()

    def open(self, path: str) -> IO[bytes]:
        """See the protocol. Damage is an ``OSError`` at the chunk that has it."""
        size = self._inner.size_bytes(path)
        opened = sm4_files.OpenedFile(self._key, self._inner.open(path), size, path)
        return io.BufferedReader(opened, 1 << 18)

    def size_bytes(self, path: str) -> int:
        """See the protocol."""
        return max(0, sm4_files.plain_size(self._inner.size_bytes(path)))

    def local_path(self, path: str) -> Path:
        """The file decrypted into the data folder's cache, whole or not at all."""
        if self._cache is None:
            raise FileNotFoundError(path)

        def decrypt(target: IO[bytes]) -> None:
            with self.open(path) as source:
                shutil.copyfileobj(source, target, 1 << 20)

        return self._cache.file(f"plain/{self._object_path}/{path}", decrypt)


def damaged_files(store: EncryptedStore) -> Iterator[tuple[str, str]]:
    """Object path and file of everything that is not as it was written; the key is not needed."""
    for object_path in store.inner.object_paths():
        files = store.inner.object_files(object_path)
        for path in files.paths():
            try:
                with files.open(path) as source:
                    sound = sm4_files.is_sound(iter(partial(source.read, 1 << 20), b""))
            except OSError:
                sound = False
            if not sound:
                yield object_path, path

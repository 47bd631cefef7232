"""A store on an S3 server: Ceph radosgw, MinIO or a bought service.

The bucket, below an optional prefix, is laid out as :mod:`.filesystem` lays out a disk, so either
can be copied into the other by any tool::

    store.json  objects/  ledger/  staging/  quarantine/

S3 has no rename. A version is placed by server-side copies: first its own ``vN/inventory.json``,
written only if nobody else's stands there, which claims the version; last the object's
``inventory.json``, which makes it stand. Whatever a crash leaves between the two, the batch
journal names and :meth:`S3Store.take_back` removes. Replication, which knows beforehand what goes
where, does without the copies (:class:`lantai.vault.stores.WritesInPlace`). Every request names the
SHA-256 of its body, which the server holds against what arrived.

``location`` is ``https://host[:port]/bucket[/prefix]``; ``options`` are:

``credentials``
    File of ``access_key_id`` and ``secret_access_key`` (TOML), relative to the data folder.
``region``
    Region the signature names; ``us-east-1`` by default.
``retain_days``
    Object lock in governance mode for so many days on what is placed; the bucket must have been
    made with object lock. Lawful erasure and taking back need the right to bypass it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from functools import partial
from itertools import chain
from threading import BoundedSemaphore
from typing import IO, TypeVar

from django.utils import timezone
from django.utils.translation import gettext as _

from lantai.core.digests import CHUNK_BYTES, Readable
from lantai.core.errors import Conflict, NotFound, Unavailable
from lantai.core.settings import home

from .. import ocfl
from ..cache import Cache
from ..stores import ObjectFiles, Placement, StoreFacts
from . import mark
from .s3_bucket import Bucket
from .s3_files import BucketFiles, HashedWriter

Item = TypeVar("Item")
Result = TypeVar("Result")

AT_ONCE = 8
"""Requests under way together for one object."""
LARGE_AT_ONCE = 2
"""Large files sent together; each goes in several parts at a time."""
SMALL_BYTES = 5 * 2**20
"""A smaller file is sent in one request."""


class S3Store:
    """See :class:`lantai.vault.stores.Store`."""

    crosses = False  # it remembers what it staged, and its connections are its own

    def __init__(self, facts: StoreFacts) -> None:
        self.facts = facts
        self.bucket = Bucket(facts)
        self._known = home() / "vault" / "known" / facts.key
        self._cache = Cache(facts.key)
        self._staged: dict[str, str] = {}
        self._unproven: dict[str, str] = {}
        self._in_place: list[str] = []
        self._large = BoundedSemaphore(LARGE_AT_ONCE)

    @property
    def volume(self) -> object:
        """Itself: what was placed through this store is what :meth:`sync` proves."""
        return ("s3", self.facts.key, id(self))

    def require_ready(self) -> None:
        """The bucket answers, lets us in and is the right one; one never used is prepared."""
        try:
            key = mark.marked_key(self.bucket.get(mark.PATH))
        except ValueError:
            key = "?"
        except FileNotFoundError:
            if self._known.exists() or self._holds_something_else():
                raise Unavailable(
                    _("存储桶里没有兰台的标记。"),
                    subject=f"{self.facts.name} {self.facts.location}",
                    remedy=_(
                        "请核对 vault.toml 中的位置；若换了空桶，先运行 lantai vault stores --prepare %(key)s。"
                    )
                    % {"key": self.facts.key},
                ) from None
            self.prepare()
            key = self.facts.key
        if key != self.facts.key:
            raise Unavailable(
                _("存储位置上是另一个存储（%(key)s）。") % {"key": key},
                subject=f"{self.facts.name} {self.facts.location}",
                remedy=_("请检查存储桶是否写错，或修改 vault.toml。"),
            )
        if not self._known.exists():
            self._known.parent.mkdir(parents=True, exist_ok=True)
            self._known.touch()

    def _holds_something_else(self) -> bool:
        self.bucket.make()
        return next(self.bucket.keys(""), None) is not None

    def prepare(self) -> None:
        """Makes the bucket if need be, and an empty place a store."""
        self.bucket.make()
        for path, content in ocfl.ROOT_FILES.items():
            self.bucket.put(f"objects/{path}", content)
        self.bucket.put(mark.PATH, mark.mark_of(self.facts.key))

    def begin(self, batch: str) -> None:
        """See the protocol. A bucket has no folders, and only the owner writes to it."""

    def stage(self, batch: str, slot: str, path: str) -> AbstractContextManager[IO[bytes]]:
        """See the protocol."""
        key = f"staging/{batch}/{slot}/{path}"
        return HashedWriter(self.bucket.writer(key), lambda digest: self._staged.update({key: digest}))

    def stage_files(self, batch: str, slot: str, files: Mapping[str, bytes]) -> None:
        """See the protocol."""
        keys = {f"staging/{batch}/{slot}/{path}": content for path, content in files.items()}
        _together(lambda item: self.bucket.put(*item), keys.items())
        self._staged.update({key: hashlib.sha512(content).hexdigest() for key, content in keys.items()})

    def unstage(self, batch: str, slot: str) -> None:
        """See the protocol."""
        self._forget(f"staging/{batch}/{slot}/")

    def staged(self, batch: str, slot: str) -> ObjectFiles:
        """See the protocol."""
        return BucketFiles(self.bucket, f"staging/{batch}/{slot}", self._cache)

    def sync(self) -> None:
        """Reads back what was placed since and holds it against the SHA-512 taken while writing.

        An ETag is no proof: it is the server's own word, and of parts for a large file.

        Raises:
            OSError: the server gives back other bytes than it was given.
        """
        waiting, self._unproven = self._unproven, {}
        for key, found in _together(lambda key: (key, self.bucket.sha512(key)), waiting):
            if found != waiting[key]:
                raise OSError(5, _("读回的内容与写入的不一致"), f"{self.facts.name} {key}")
        written, self._in_place = self._in_place, []
        self.bucket.retain([*waiting, *written])

    def place(self, batch: str, placement: Placement) -> None:
        """See the protocol. The version's own inventory claims it, the object's makes it stand."""
        staged, target = f"staging/{batch}/{placement.slot}/", f"objects/{placement.object_path}/"
        claim = f"v{placement.version}/{ocfl.INVENTORY}"
        if not self.bucket.create(target + claim, self.bucket.get(staged + claim)):
            raise Conflict(_("总库中已有同一对象或同一版本。"), subject=placement.object_path)
        last = (ocfl.SIDECAR, ocfl.INVENTORY)
        paths = [key.removeprefix(staged) for key in self.bucket.keys(staged)]
        _together(
            lambda path: self._move(staged + path, target + path),
            [path for path in paths if path not in {*last, claim}],
        )
        self._expect(staged + claim, target + claim)
        for path in last:
            self._move(staged + path, target + path)

    def is_claimed(self, object_path: str) -> bool:
        """See the protocol."""
        try:
            self.bucket.size_bytes(f"objects/{object_path}/v1/{ocfl.INVENTORY}")
        except FileNotFoundError:
            return False
        return True

    def claim(self, object_path: str, inventory: bytes) -> bool:
        """See the protocol."""
        key = f"objects/{object_path}/v1/{ocfl.INVENTORY}"
        self._in_place.append(key)
        return self.bucket.create(key, inventory)

    def write(self, object_path: str, path: str, source: Readable) -> str:
        """See the protocol. A large file goes in parts; not many go together, for each holds some in memory."""
        key = f"objects/{object_path}/{path}"
        self._in_place.append(key)
        start = source.read(SMALL_BYTES)
        if len(start) < SMALL_BYTES:
            self.bucket.put(key, start)
            return hashlib.sha512(start).hexdigest()
        with self._large:
            return self.bucket.send(key, chain((start,), iter(partial(source.read, CHUNK_BYTES), b"")))

    def write_small(self, object_path: str, files: Mapping[str, bytes]) -> None:
        """See the protocol."""
        for path, content in files.items():
            key = f"objects/{object_path}/{path}"
            self._in_place.append(key)
            self.bucket.put(key, content)

    def take_back(self, placement: Placement) -> None:
        """See the protocol. The claim goes last, so that a crash here is taken up again."""
        target = f"objects/{placement.object_path}/"
        claim = f"{target}v{placement.version}/{ocfl.INVENTORY}"
        if self._digest(claim) != placement.inventory_sha512:
            return
        root = [target + ocfl.INVENTORY, target + ocfl.SIDECAR]
        if placement.version == 1:
            folder = target
            self.bucket.delete([key for key in root if self._digest(key)])
        else:
            folder = f"{target}v{placement.version}/"
            for name in (ocfl.INVENTORY, ocfl.SIDECAR):
                self.bucket.copy(f"{target}v{placement.version - 1}/{name}", target + name)
        self.bucket.delete([key for key in self.bucket.keys(folder) if key != claim])
        self.bucket.delete([claim])
        self._uncache(placement.object_path)

    def replace(self, batch: str, slot: str, object_path: str) -> None:
        """See the protocol. A crash in between leaves a damaged object that is repaired again."""
        target = f"objects/{object_path}/"
        stamp = timezone.now().strftime("%Y%m%dT%H%M%S.%f")
        kept = f"quarantine/{stamp}-{object_path.rpartition('/')[2][:16]}/"
        old = list(self.bucket.keys(target))
        _together(lambda key: self.bucket.copy(key, kept + key.removeprefix(target)), old)
        self._put_in_place(batch, slot, object_path, old)

    def erase(self, batch: str, slot: str, object_path: str) -> None:
        """See the protocol."""
        name = object_path.rpartition("/")[2][:16]
        gone = [key for key in self.bucket.keys("quarantine/") if f"-{name}/" in key]
        self.bucket.delete(gone)
        self._put_in_place(batch, slot, object_path, list(self.bucket.keys(f"objects/{object_path}/")))

    def _put_in_place(self, batch: str, slot: str, object_path: str, old: Sequence[str]) -> None:
        staged, target = f"staging/{batch}/{slot}/", f"objects/{object_path}/"
        self.bucket.delete(old)
        self._uncache(object_path)
        paths = [key.removeprefix(staged) for key in self.bucket.keys(staged)]
        _together(
            lambda path: self._move(staged + path, target + path), [p for p in paths if p != ocfl.INVENTORY]
        )
        self._move(staged + ocfl.INVENTORY, target + ocfl.INVENTORY)

    def discard(self, batch: str) -> None:
        """See the protocol."""
        self._forget(f"staging/{batch}/")

    def object_files(self, object_path: str) -> ObjectFiles:
        """See the protocol."""
        return BucketFiles(self.bucket, f"objects/{object_path}", self._cache)

    def object_paths(self) -> Iterator[str]:
        """See the protocol. A listing comes sorted, a thousand keys a request."""
        last = ""
        for key in self.bucket.keys("objects/"):
            parts = key.split("/")[1:4]
            path = "/".join(parts)
            if len(parts) == 3 and parts[0] != "extensions" and path != last:
                yield path
                last = path

    def put_evidence(self, path: str, content: bytes) -> None:
        """See the protocol."""
        ocfl.require_safe_path(path)
        key = f"ledger/{path}"
        if not self.bucket.create(key, content):
            raise Conflict(_("存证文件已存在且内容不同，拒绝覆盖。"), subject=f"{self.facts.name} {key}")

    def get_evidence(self, path: str) -> bytes:
        """See the protocol."""
        ocfl.require_safe_path(path)
        try:
            return self.bucket.get(f"ledger/{path}")
        except FileNotFoundError as error:
            raise NotFound(_("没有这个存证文件。"), subject=path) from error

    def evidence_paths(self, prefix: str) -> Sequence[str]:
        """See the protocol."""
        folder = prefix.rpartition("/")[0]
        paths = (key.removeprefix("ledger/") for key in self.bucket.keys(f"ledger/{folder}"))
        return sorted(path for path in paths if path.startswith(prefix))

    def free_bytes(self) -> int | None:
        """S3 does not tell."""
        return None

    def _move(self, source: str, target: str) -> None:
        """Copies on the server; the staged one goes when the batch is discarded."""
        self.bucket.copy(source, target)
        self._expect(source, target)

    def _expect(self, source: str, target: str) -> None:
        digest = self._staged.get(source)
        if digest:
            self._unproven[target] = digest

    def _forget(self, prefix: str) -> None:
        self.bucket.delete(list(self.bucket.keys(prefix)))
        for key in [key for key in self._staged if key.startswith(prefix)]:
            del self._staged[key]

    def _digest(self, key: str) -> str:
        try:
            return self.bucket.sha512(key)
        except FileNotFoundError:
            return ""

    def _uncache(self, object_path: str) -> None:
        self._cache.forget(f"objects/{object_path}")


def _together(function: Callable[[Item], Result], items: Iterable[Item]) -> list[Result]:
    """Requests side by side; each waits for the network, not for this machine."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(function, items))

"""Stores: the places that hold copies, as ``vault.toml`` in the data folder names them.

One store is for use, the others are backups. Whether a backup is 异地 (another site) or 异质
(another medium) is computed from what is written there, never asserted.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Literal, Protocol, runtime_checkable

from lantai.core import ports
from lantai.core.digests import Readable
from lantai.core.errors import Invalid, NotFound, Unavailable
from lantai.core.language import gettext as _
from lantai.core.settings import home

_FIRST_USE = """\
# 总库存储：一用两备。location 为相对数据目录的路径或绝对路径；site 为所在地点，medium 为介质。
# “异地”“异质”由 site 与 medium 比较得出。
[[store]]
key = "use"
name = "在线库"
kind = "filesystem"
location = "vault/use"
site = "主馆机房"
medium = "固态盘"
purpose = "use"

[[store]]
key = "backup-near"
name = "同城备份"
kind = "filesystem"
location = "vault/backup-near"
site = "主馆机房"
medium = "机械硬盘"
purpose = "backup"

[[store]]
key = "backup-far"
name = "异地备份"
kind = "filesystem"
location = "vault/backup-far"
site = "异地备份库"
medium = "机械硬盘"
purpose = "backup"
"""


@dataclass(frozen=True, slots=True)
class StoreFacts:
    """One store as ``vault.toml`` declares it; ``options`` are its kind's own (``[store.options]``).

    ``encryption`` is empty or ``sm4``: what lies there is then encrypted (see :mod:`.encryption`).
    """

    key: str
    name: str
    kind: str
    location: str
    site: str
    medium: str
    purpose: Literal["use", "backup"]
    options: Mapping[str, str | int] = field(default_factory=dict, compare=False)
    encryption: Literal["", "sm4"] = ""

    def is_elsewhere(self, use: StoreFacts) -> bool:
        """异地: on another site than the copy in use."""
        return self.site != use.site

    def is_other_medium(self, use: StoreFacts) -> bool:
        """异质: on another medium than the copy in use."""
        return self.medium != use.medium


@dataclass(frozen=True, slots=True)
class Placement:
    """One version of one object on its way into a store.

    Attributes:
        slot: the staged folder, unique in its batch.
        object_path: where the object goes.
        version: 1 places a new object, more add a version to it.
        inventory_sha512: digest of the staged inventory; nothing else is ever taken back.
    """

    slot: str
    object_path: str
    version: int
    inventory_sha512: str


class Store(Protocol):
    """A place for copies. Paths are POSIX, relative to an object's root.

    Writes are staged in a batch, synced once, placed at once; a batch that fails is taken back.
    """

    facts: StoreFacts
    crosses: bool
    """Whether it may be sent to a child process of :mod:`.crew`."""

    @property
    def volume(self) -> object:
        """What one :meth:`sync` covers; stores that share it are synced once."""
        ...

    def prepare(self) -> None:
        """Makes an empty place a store."""
        ...

    def require_ready(self) -> None:
        """Raises ``Unavailable`` when the store cannot be used, such as a disk not mounted."""
        ...

    def begin(self, batch: str) -> None:
        """Opens a batch. What is discarded afterwards can no longer be written to, by nobody."""
        ...

    def stage(self, batch: str, slot: str, path: str) -> AbstractContextManager[IO[bytes]]:
        """Opens a new file of a batch for writing."""
        ...

    def stage_files(self, batch: str, slot: str, files: Mapping[str, bytes]) -> None:
        """Writes small new files of a batch, by path."""
        ...

    def unstage(self, batch: str, slot: str) -> None:
        """Removes what was staged for one object."""
        ...

    def staged(self, batch: str, slot: str) -> ObjectFiles:
        """Reads back what was staged."""
        ...

    def sync(self) -> None:
        """Makes everything written so far survive a power cut."""
        ...

    def place(self, batch: str, placement: Placement) -> None:
        """Moves a staged version to its object; ``Conflict`` if another stands there."""
        ...

    def take_back(self, placement: Placement) -> None:
        """Undoes :meth:`place`; does nothing where that very version does not stand."""
        ...

    def replace(self, batch: str, slot: str, object_path: str) -> None:
        """Swaps a whole object for a staged one; what stood there goes to quarantine."""
        ...

    def erase(self, batch: str, slot: str, object_path: str) -> None:
        """Swaps a whole object for a staged tombstone; nothing of what stood there is kept.

        Earlier damaged copies of it in quarantine go too. Repeating it changes nothing.
        """
        ...

    def discard(self, batch: str) -> None:
        """Removes whatever a batch left staged."""
        ...

    def object_files(self, object_path: str) -> ObjectFiles:
        """Reads an object; it need not exist."""
        ...

    def object_paths(self) -> Iterator[str]:
        """Every object there is, sorted, without listing them all in memory."""
        ...

    def put_evidence(self, path: str, content: bytes) -> None:
        """Writes a ledger file durably; ``Conflict`` if other bytes stand there."""
        ...

    def get_evidence(self, path: str) -> bytes:
        """Reads a ledger file; ``NotFound`` if there is none."""
        ...

    def evidence_paths(self, prefix: str) -> Sequence[str]:
        """All ledger files below a prefix, sorted."""
        ...

    def free_bytes(self) -> int | None:
        """Room left; ``None`` where the place does not tell."""
        ...


@runtime_checkable
class WritesInPlace(Protocol):
    """A store without a rename: a whole object is written where it will stand, each file once.

    The journal has to name the object before; :meth:`Store.take_back` undoes it, also half written.
    What it wrote is proven by the next audit, which reads it back.
    """

    def is_claimed(self, object_path: str) -> bool:
        """Whether an object stands there, or is being written."""
        ...

    def claim(self, object_path: str, inventory: bytes) -> bool:
        """Writes the first version's inventory unless somebody else has; returns whether it did."""
        ...

    def write(self, object_path: str, path: str, source: Readable) -> str:
        """Sends a file's bytes; returns the SHA-512 of what was sent."""
        ...

    def write_small(self, object_path: str, files: Mapping[str, bytes]) -> None:
        """Sends small files, in order."""
        ...


class ObjectFiles(Protocol):
    """The files of one object."""

    def paths(self) -> Iterable[str]:
        """Every file; an empty folder as its path with a closing slash."""
        ...

    def open(self, path: str) -> IO[bytes]:
        """Opens a file; ``FileNotFoundError`` if it is not there."""
        ...

    def size_bytes(self, path: str) -> int:
        """A file's size; ``FileNotFoundError`` if it is not there."""
        ...

    def local_path(self, path: str) -> Path:
        """The file on this machine, fetched if it lies elsewhere."""
        ...


_kinds: dict[str, Callable[[StoreFacts], Store]] = {}
_wrappers: dict[str, Callable[[Store], Store]] = {}
_mounted: dict[str, Store] = {}
_places: list[Callable[[], Sequence[StoreFacts]]] = []


def register_kind(kind: str, adapter: Callable[[StoreFacts], Store]) -> None:
    """Adds a kind of store; adapters and fault-injecting tests do it."""
    _kinds[kind] = adapter


def register_encryption(name: str, wrapper: Callable[[Store], Store]) -> None:
    """Names what a store with ``encryption = "<name>"`` is wrapped in."""
    _wrappers[name] = wrapper


def register_places(places: Callable[[], Sequence[StoreFacts]]) -> None:
    """Names more places of copies than the declared stores: sealed volumes, each with its site and medium."""
    _places.append(places)


@contextmanager
def mounted(store: Store) -> Iterator[None]:
    """Makes a store that nobody declared known under its key while the block runs."""
    _mounted[store.facts.key] = store
    try:
        yield
    finally:
        del _mounted[store.facts.key]


def mounted_stores() -> list[Store]:
    """The stores mounted now."""
    return list(_mounted.values())


def copy_places() -> list[StoreFacts]:
    """Every place whose copies count, the one in use first: the declared stores, then sealed volumes."""
    return [*declared_stores(), *(facts for places in _places for facts in places())]


def open_facts(facts: StoreFacts) -> Store:
    """The store these facts tell of."""
    store = _kinds[facts.kind](facts)
    return _wrappers[facts.encryption](store) if facts.encryption else store


def configuration_file() -> Path:
    """``vault.toml``, written with three folders at first use."""
    file = home() / "vault.toml"
    if not file.exists():
        file.write_text(_FIRST_USE, encoding="utf-8")
    return file


def declared_stores() -> list[StoreFacts]:
    """The stores as declared, the one in use first.

    Raises:
        Invalid: the file cannot be understood, or does not name exactly one store for use.
    """
    file = configuration_file()
    try:
        rows = tomllib.loads(file.read_text(encoding="utf-8"))["store"]
        stores = [StoreFacts(**row) for row in rows]
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, KeyError, TypeError) as error:
        raise Invalid(
            _("总库存储配置无法理解：%(error)s。") % {"error": error},
            subject=str(file),
            remedy=_("每个 [[store]] 须写 key、name、kind、location、site、medium、purpose 七项。"),
        ) from error
    keys = [store.key for store in stores]
    if len(set(keys)) < len(keys) or [store.purpose for store in stores].count("use") != 1:
        raise Invalid(
            _("总库存储的 key 不得重复，且须恰有一个 purpose 为 use。"),
            subject=str(file),
            remedy=_("请修改后重试。"),
        )
    unknown = sorted({store.kind for store in stores} - set(_kinds))
    unknown += sorted({store.encryption for store in stores} - {"", *_wrappers})
    if unknown:
        raise Invalid(
            _("不支持的存储种类：%(kinds)s。") % {"kinds": "、".join(unknown)},
            subject=str(file),
            remedy=_("可用种类：%(kinds)s。") % {"kinds": "、".join(sorted(_kinds))},
        )
    return sorted(stores, key=lambda store: store.purpose != "use")


def open_stores(keys: Iterable[str] | None = None) -> list[Store]:
    """The stores, the one in use first; ``keys`` chooses some.

    Raises:
        NotFound: a key names no store.
    """
    declared = {store.key: store for store in declared_stores()}
    wanted = list(declared) if keys is None else list(keys)
    unknown = [key for key in wanted if key not in declared and key not in _mounted]
    if unknown:
        raise NotFound(
            _("没有这个存储。"),
            subject="、".join(unknown),
            remedy=_("已配置：%(keys)s。") % {"keys": "、".join(declared)},
        )
    return [_mounted[key] if key in _mounted else open_facts(declared[key]) for key in wanted]


def open_store(key: str) -> Store:
    """One store by its key."""
    return open_stores([key])[0]


def reachable_stores() -> tuple[list[Store], list[str]]:
    """The stores that can be used now, and the keys of those that are away."""
    ready, away = [], []
    for store in open_stores():
        try:
            store.require_ready()
            ready.append(store)
        except Unavailable:
            away.append(store.facts.key)
    return ready, away


class _Evidence:
    """The ledger's view of a store (``core.ports.EvidenceStore``)."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.name = store.facts.key

    def put(self, path: str, content: bytes) -> None:
        self.store.require_ready()
        self.store.put_evidence(path, content)

    def get(self, path: str) -> bytes:
        self.store.require_ready()
        return self.store.get_evidence(path)

    def paths(self, prefix: str) -> Sequence[str]:
        self.store.require_ready()
        return self.store.evidence_paths(prefix)


def evidence_stores() -> Sequence[ports.EvidenceStore]:
    """Every store as a place for ledger segments and signed heads."""
    return [evidence_store(store) for store in open_stores()]


def evidence_store(store: Store) -> ports.EvidenceStore:
    """One store as a place for ledger files."""
    return _Evidence(store)

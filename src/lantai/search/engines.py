"""Which engine answers: the embedded one, or a cluster where ``LANTAI_SEARCH_URL`` names its nodes."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, cast

from lantai.core import settings
from lantai.core.errors import Unavailable
from lantai.core.language import gettext as _

from .adapters.tantivy_engine import TantivyEngine
from .engine import SearchEngine
from .selectors import to_be_found

if TYPE_CHECKING:  # the cluster's client is loaded where a cluster is used: it takes longer than all else
    from .adapters.opensearch_engine import OpenSearchEngine


REMEMBERED = 512
"""Questions whose counts a process remembers; those of one with many years in its answer take 40 KiB."""


class Generations(SearchEngine, Protocol):
    """An engine that can be filled anew while it serves, and that knows whether it was."""

    def is_whole(self) -> bool:
        """Whether the index in use is said to hold every record: not one that was made for want of any."""
        ...

    def mark_whole(self) -> None:
        """Says so of the index in use."""
        ...

    def is_current(self) -> bool:
        """Whether the index in use holds all that this version looks in; one made earlier may answer slower."""
        ...

    def next_generation(self) -> Generations:
        """An empty index beside the one in use; any other, left by a rebuild that died, is removed."""
        ...

    def discard(self) -> None:
        """Leaves nothing of this generation, where filling it failed."""
        ...

    def take_over(self) -> None:
        """Makes this generation the one in use and removes the others."""
        ...


def engine_in(folder: Path) -> TantivyEngine:
    """An embedded engine of its own in a folder."""
    return TantivyEngine(folder)


def engine_named(name: str) -> OpenSearchEngine:
    """An engine on the cluster of the settings under a name of its own.

    Raises:
        Unavailable: no cluster is set.
    """
    return _on_cluster(name)


ENGINES: dict[str, Callable[[Path], SearchEngine]] = {
    "tantivy": engine_in,
    "opensearch": lambda folder: engine_named(folder.name.lower()),
}
"""Engines by name; each makes an index of its own for a folder, for measurements and drills."""


@cache
def engine() -> Generations:
    """The engine of this process."""
    if settings.SEARCH_URL.read():
        return _on_cluster(settings.SEARCH_INDEX.read())
    return TantivyEngine(settings.home() / "index", remembers=REMEMBERED)


def observed() -> str:
    """How the engine in use fares, in a line.

    Raises:
        Unavailable: it cannot be asked.
    """
    current = engine()
    entries = current.count()
    if not current.is_whole() and (lacking := to_be_found().count() - entries) > 0:
        raise Unavailable(
            _("检索索引不全，少 %(lacking)s 条。") % {"lacking": f"{lacking:,}"},
            remedy=_("后台会自动补写；也可以运行 lantai index rebuild 立即重建。入库不受影响。"),
        )
    if not settings.SEARCH_URL.read():
        return _("内置检索，索引 %(entries)s 条") % {"entries": f"{entries:,}"}
    colour, nodes = cast("OpenSearchEngine", current).state()
    return _("OpenSearch %(nodes)s 个节点，状态 %(colour)s，索引 %(entries)s 条") % {
        "nodes": nodes,
        "colour": colour,
        "entries": f"{entries:,}",
    }


def _on_cluster(name: str) -> OpenSearchEngine:
    from .adapters.opensearch_engine import Cluster, OpenSearchEngine

    shards, replicas = settings.SEARCH_SHARDS.read(), settings.SEARCH_REPLICAS.read()
    return OpenSearchEngine(Cluster(settings.SEARCH_URL.read(), name, shards, replicas))

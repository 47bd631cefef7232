"""How a fonds' tree bears millions of entries: opened at every depth, its branches moved.

Usage of the inner process: ``python -m lantai.bench.tree RECORDS``.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .imports import FONDS, archive_and_fonds
from .processes import count_in, measured

if TYPE_CHECKING:
    from lantai.catalogue.api import Branch
    from lantai.core.actors import Actor
    from lantai.records.api import Fonds

PIECE = 5_000
DEPTH = 10
"""Groups within groups, so that a branch lies fourteen levels deep."""
OPENED_EACH = 40
SAMPLE_S = 1.0
LARGE = 100_000
Notice = Callable[[str, int, int], None]


def measure(records: int, notice: Notice) -> dict[str, Any]:
    """Loads ``records`` invented entries into one fonds, then opens and moves branches.

    Args:
        records: entries, without the rules of an import.
        notice: told the step, how much is done and how much there is.
    """
    where = Path(tempfile.mkdtemp(prefix="lantai-bench-"))
    home = where / "home"
    home.mkdir()
    try:
        found = measured(
            where, "lantai.bench.tree", str(records), every_s=SAMPLE_S, kept=("LANTAI_DATABASE_URL",),
            observe=lambda _mib: notice("fill", count_in(home / "done"), records),
        )  # fmt: skip
    finally:
        shutil.rmtree(where, ignore_errors=True)
    return {"records": records, **found, "cpus": os.cpu_count()}


def _run(records: int) -> dict[str, Any]:
    from django.core.management import call_command

    from lantai.catalogue.api import grow

    call_command("migrate", verbosity=0)
    fonds = archive_and_fonds()
    fill(fonds, records)
    grown_ms = _timed(lambda: grow(fonds.id))
    return {"grown_ms": round(grown_ms, 1), **_opened(fonds), **_moved(fonds)}


def fill(fonds: Fonds, records: int) -> None:
    """Loads invented entries into a fonds."""
    from django.db import transaction
    from django.utils import timezone

    from lantai.core.actors import SYSTEM
    from lantai.core.models import OutboxMessage
    from lantai.core.settings import home
    from lantai.records.api import Common, State, load_entries

    scheme = fonds.schemes.get(category="WS")
    rows, done = _rows(records, scheme.id.hex), 0
    while piece := list(islice(rows, PIECE)):
        common = Common(fonds, State.HELD, fonds.archive_id, "import:bench", timezone.now())
        with transaction.atomic():
            load_entries(piece, common, commitment={}, actor=SYSTEM)
            OutboxMessage.objects.all().delete()  # nobody follows here
        done += len(piece)
        (home() / "done").write_text(str(done))


def _rows(records: int, scheme: str) -> Iterator[tuple[Any, ...]]:
    """Values in the order of ``records.api.ENTRY_FIELDS``."""
    from .entries import BLOCK, entries

    numbers: Counter[str] = Counter()
    for entry in islice(entries(0, -(-records // BLOCK) * BLOCK), records):
        retention, unit = entry.reference_code.split("-")[2:4]
        above = f"{FONDS}-WS·{entry.year}-{retention}-{unit}"
        numbers[above] += 1
        yield (
            scheme, None, f"{above}-{numbers[above]:06d}", numbers[above], entry.year, retention, unit, entry.title,
            entry.responsible, entry.document_number, entry.date_text, str(entry.date_start), str(entry.date_end),
            "exact", "item", "公开", "", "", entry.page_count, "{}", "[]",
        )  # fmt: skip


def _opened(fonds: Fonds) -> dict[str, Any]:
    """What opening costs, by depth: the level below a branch, or the first records it holds."""
    from lantai.catalogue.api import Branch, add_group, move_branch, way_up
    from lantai.core.actors import SYSTEM

    reader = _archivist(fonds)
    years = list(Branch.objects.filter(fonds=fonds, kind=Branch.Kind.YEAR).order_by("-records"))
    at = Branch.objects.get(fonds=fonds, kind=Branch.Kind.FONDS)
    for number in range(DEPTH):
        at = add_group(parent_id=at.id, title=f"第 {number + 1} 级", actor=SYSTEM)
    move_branch(branch_id=years[-1].id, to_id=at.id, actor=SYSTEM)
    by_depth: dict[int, list[float]] = {}
    for branch in [*way_up(at), at, *years[:OPENED_EACH], years[-1]]:
        branch.refresh_from_db()
        times = by_depth.setdefault(len(way_up(branch)) + 1, [])
        times += [_timed(partial(_open, branch, reader)) for _again in range(5)]
    every = sorted(took for times in by_depth.values() for took in times)
    return {
        "depths": len(by_depth),
        "open_p95_ms": round(every[int(len(every) * 0.95)], 2),
        "open_ms_by_depth": {depth: round(min(times), 2) for depth, times in sorted(by_depth.items())},
    }


def _open(branch: Branch, reader: Actor) -> None:
    from lantai.catalogue.api import children_of, records_of

    if not list(children_of(branch).order_by("place", "id")[:50]):
        list(records_of(branch, reader).order_by("reference_code", "id")[:50])


def _moved(fonds: Fonds) -> dict[str, Any]:
    """Moves the smallest branch of at least :data:`LARGE` entries below a group, and the largest of all."""
    from lantai.catalogue.api import Branch, add_group, move_branch
    from lantai.core.actors import SYSTEM

    root = Branch.objects.get(fonds=fonds, kind=Branch.Kind.FONDS)
    group = add_group(parent_id=root.id, title="测速分组", actor=SYSTEM)
    movable = Branch.objects.filter(fonds=fonds, kind__in=[Branch.Kind.YEAR, Branch.Kind.CLASS])
    large = movable.filter(records__gte=LARGE).order_by("records").first() or movable.latest("records")
    largest = movable.latest("records")
    told: dict[str, Any] = {}
    for name, branch in {"branch": large, "largest": largest}.items():
        if branch.parent_id != group.id:
            took = _timed(partial(move_branch, branch_id=branch.id, to_id=group.id, actor=SYSTEM))
            told |= {f"{name}_records": branch.records, f"{name}_moved_ms": round(took, 1)}
    root.refresh_from_db()
    group.refresh_from_db()
    return {**told, "sound": root.records == fonds.records.count() and group.records >= large.records}


def _archivist(fonds: Fonds) -> Actor:
    """Somebody with the rights of an archive's desk, as a page is opened."""
    from lantai.core.actors import Actor

    return Actor("person:bench", "测速", frozenset({"receiving_archivist"}), organisation_id=fonds.archive_id)


def _timed(act: Callable[[], object]) -> float:
    """Milliseconds."""
    started = time.perf_counter()
    act()
    return (time.perf_counter() - started) * 1000


def main() -> None:
    """The inner process."""
    import django

    django.setup()
    print(json.dumps(_run(int(sys.argv[1]))))  # noqa: T201


if __name__ == "__main__":
    main()

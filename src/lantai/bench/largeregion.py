"""A region as large as the plans foresee: millions of entries of 76 agencies, in the database and found.

Usage of the inner process: ``python -m lantai.bench.largeregion ENTRIES``. The demo's bodies and
people are there, so that one can log in as each of them.
"""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from uuid import UUID

    from lantai.records.api import Common, Fonds, Scheme
    from lantai.search.api import IndexEntry

AGENCIES = 76
"""As many as the three supervisors of the plans watch."""
CHUNK = 10_000
ONE_NOT_YET_HANDED_OVER_IN = 10
"""Every so many chunks stay with their agency."""
SIZE_BYTES = 180_000
ONE_WITHOUT_A_TERM_IN = 50
"""So that rules of quality find something."""
OPEN = "open"
Put = Callable[[list["IndexEntry"]], int]


def fill(number: int) -> dict[str, Any]:
    """Fills the data folder: migrations, bodies and people, entries, index, tree, and what is counted once a day.

    Returns:
        ``entries``, and ``seconds`` it took.
    """
    from django.core.management import call_command
    from django.db import transaction

    from lantai.core.settings import home
    from lantai.demo.api import settle
    from lantai.search.api import engine

    started = time.perf_counter()
    call_command("migrate", verbosity=0)
    settle(lambda _done, _total: None)
    fonds = _all_fonds()
    numbers: Counter[str] = Counter()
    with engine().filling() as put:
        for place, start in enumerate(range(0, number, CHUNK)):
            with transaction.atomic(), _without_news():
                _load(fonds[place % len(fonds)], place, (start, min(start + CHUNK, number)), numbers, put)
            (home() / "done").write_text(str(start))
    engine().mark_whole()
    _grow(fonds)
    _count()
    return {"entries": engine().count(), "seconds": round(time.perf_counter() - started, 1)}


def _all_fonds() -> list[Fonds]:
    """One fonds of each agency, more agencies founded until there are enough."""
    from lantai.core.actors import SYSTEM
    from lantai.institutions.api import Organisation, create_organisation
    from lantai.records.api import Arrangement, Fonds, Scheme, create_fonds, create_scheme

    archives = list(Organisation.objects.filter(kind="archive").order_by("code"))
    missing = AGENCIES - Organisation.objects.filter(kind="agency").count()
    for number in range(missing):
        archive = archives[number % len(archives)]
        name = f"{archive.region.name}第{number + 1}局"
        agency = create_organisation(
            region=archive.region, kind="agency", name=name, code=f"BENCH{number:03d}", archive=archive, actor=SYSTEM
        )  # fmt: skip
        fonds = create_fonds(
            fonds=Fonds(archive=archive, creator=agency, code=f"Z{500 + number}", name=name), actor=SYSTEM
        )
        scheme = Scheme(
            fonds=fonds, category="WS", name="文书档案", year_from=1900,
            arrangement=Arrangement.ITEM, code_template="dat22.item", number_width=6,
        )  # fmt: skip
        create_scheme(scheme=scheme, actor=SYSTEM)
    agencies = Fonds.objects.filter(creator__kind="agency").select_related("archive", "creator")
    return list(agencies.order_by("creator__code"))


@contextmanager
def _without_news() -> Iterator[None]:
    """What is loaded here goes to the index directly: nobody is told of it a second time."""
    from lantai.core.models import OutboxMessage

    before = OutboxMessage.objects.order_by("-id").values_list("id", flat=True).first()
    yield
    told = OutboxMessage.objects.all()
    (told.filter(id__gt=before) if before else told).delete()


def _load(fonds: Fonds, place: int, span: tuple[int, int], numbers: Counter[str], put: Put) -> None:
    from lantai.core.actors import SYSTEM
    from lantai.records.api import Record, load_entries, set_column

    from .entries import entries

    invented = list(entries(*span))
    common = _common(fonds, place)
    schemes = _schemes(fonds)
    rows = [_row(entry, fonds, schemes, numbers) for entry in invented]
    ids = load_entries(rows, common, commitment={"chunk": place}, actor=SYSTEM)
    held = common.custodian_id == fonds.archive_id
    if not held:
        _attach(ids)
    opened = {key for key, entry in zip(ids, invented, strict=True) if held and entry.opening_mark == OPEN}
    set_column(Record, "opening_mark", dict.fromkeys(sorted(opened), OPEN))
    put(
        [
            _found(entry, key, code, common, is_open=key in opened)
            for entry, key, (_s, _v, code, *_rest) in zip(invented, ids, rows, strict=True)
        ]
    )


def _attach(record_ids: Sequence[UUID]) -> None:
    """A document each: what stays with an agency came from its office systems."""
    from lantai.records.api import Document

    Document.objects.bulk_create(
        [
            Document(record_id=key, sequence=1, original_name="正文.ofd", media_type="application/ofd", size_bytes=SIZE_BYTES)
            for key in record_ids
        ],
        batch_size=500,
    )  # fmt: skip


def _common(fonds: Fonds, place: int) -> Common:
    from django.utils import timezone

    from lantai.records.api import Common, State

    staying = place % ONE_NOT_YET_HANDED_OVER_IN == ONE_NOT_YET_HANDED_OVER_IN - 1
    return Common(
        fonds=fonds,
        state=State.FILED if staying else State.HELD,
        custodian_id=fonds.creator_id if staying else fonds.archive_id,
        created_in=f"bench:{place}",
        made_at=timezone.now(),
    )


def _schemes(fonds: Fonds) -> list[Scheme]:
    """Those for documents, the oldest first."""
    return list(fonds.schemes.filter(category="WS").order_by("year_from"))


def _row(entry: IndexEntry, fonds: Fonds, schemes: Sequence[Scheme], numbers: Counter[str]) -> list[Any]:
    """Values of ``records.api.ENTRY_FIELDS``."""
    year = max(entry.year or 0, schemes[0].year_from)
    scheme = next(one for one in reversed(schemes) if one.year_from <= year)
    term = entry.reference_code.split("-")[2]
    above = f"{fonds.code}-WS·{year}-{term}"
    numbers[above] += 1
    start, end = entry.date_start, entry.date_end
    told = "" if numbers[above] % ONE_WITHOUT_A_TERM_IN == 0 else term
    return [
        scheme.id.hex, None, f"{above}-{numbers[above]:06d}", numbers[above], year, told, "", entry.title,
        entry.responsible, entry.document_number, entry.date_text,
        start.isoformat() if start else None, end.isoformat() if end else None,
        "exact" if start == end else "year", "item", entry.classification, "", "", entry.page_count, "{}", "[]",
    ]  # fmt: skip


def _found(entry: IndexEntry, key: UUID, code: str, common: Common, *, is_open: bool) -> IndexEntry:
    return entry._replace(
        record_id=str(key),
        reference_code=code,
        fonds=str(common.fonds.id),
        category="WS",
        custodian=str(common.custodian_id),
        agency=str(common.fonds.creator_id),
        opening_mark=OPEN if is_open else "unreviewed",
    )


def _grow(fonds: Sequence[Fonds]) -> None:
    from lantai.catalogue.api import grow

    for one in fonds:
        grow(one.id)


def _count() -> None:
    """What the worker counts of itself within a day: it would do so while pages are timed."""
    from lantai.core.actors import SYSTEM
    from lantai.core.jobs import run_inline
    from lantai.core.tickers import tickers

    next(one for one in tickers() if one.name == "catalogue.quality_sweep").function()
    for kind in ("catalogue.quality", "catalogue.count_holdings"):
        run_inline(kind, SYSTEM)


def main() -> None:
    """The inner process."""
    import django

    django.setup()
    print(json.dumps(fill(int(sys.argv[1]))))  # noqa: T201


if __name__ == "__main__":
    main()

"""An old catalogue of 20,000 entries, typed from index cards: descriptions without content."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date
from itertools import islice
from pathlib import Path
from uuid import UUID

from lantai.core.actors import Actor
from lantai.core.errors import Conflict
from lantai.inspection.api import Report, inspect_package, save_report
from lantai.packages.api import ItemToWrite, Package, PackageItem, open_package, write_folder_package
from lantai.records.api import Fonds, NumberState, Record, RecordDraft, Scheme, create_records

from .matters import Matter, compose
from .region import Agency, agency

ENTRIES = 20_000
KEY = "PAZFB-catalogue"
YEARS = range(1949, 1984)
CHUNK = 2_500
SUBJECT = f"catalogue:{KEY}"
"""What the ledger and the report call the old catalogue."""
CARDS_A_VOLUME = 40


def write_catalogue(folder: Path, number: int = ENTRIES) -> Path:
    """The spreadsheet, as a package without files; written once.

    Args:
        folder: where it is kept.
        number: entries.
    """
    target = folder / f"{KEY}.zip"
    if not target.exists():
        folder.mkdir(parents=True, exist_ok=True)
        body = agency("PAZFB")
        write_folder_package(
            target,
            list(_items(body, number)),
            {"移交单位": body.name, "全宗号": body.fonds, "门类": "WS", "内容": "仅目录"},
            digest="",
        )
    return target


def _items(body: Agency, entries: int) -> Iterator[ItemToWrite]:
    """Cards in their boxes: forty to a volume, numbered on within each year and term."""
    chance = random.Random(KEY)
    placed: Counter[tuple[int, str]] = Counter()
    described: set[tuple[str, ...]] = set()
    for number in range(entries):
        year = YEARS[number * len(YEARS) // entries]
        matter, day = _matter(body, year, number, chance, described)
        term = {"永久": "Y"}.get(matter.retention, matter.retention)
        volume, item = divmod(placed[year, term], CARDS_A_VOLUME)
        placed[year, term] += 1
        yield ItemToWrite(
            {
                "档号": f"{body.fonds}-WS·{year}-{term}-{101 + volume:03d}-{item + 1:03d}",
                "题名": matter.title,
                "责任者": matter.body,
                "日期": day,
                "文号": matter.number if number % 3 else "",
                "年度": year,
                "保管期限": matter.retention,
                "密级": "公开",
                "页数": chance.randint(1, 40),
            }
        )


def _matter(
    body: Agency, year: int, number: int, chance: random.Random, described: set[tuple[str, ...]]
) -> tuple[Matter, str]:
    """A matter with a date under which no card describes it yet."""
    while True:
        matter = compose(body, year, number, chance)
        for day in (_day(matter.day, number), f"{matter.day:%Y%m%d}"):
            card = (matter.title, matter.body, day)
            if card not in described:
                described.add(card)
                return matter, day


def _day(day: date, number: int) -> str:
    """Cards often know only the month or the year; some were dated afterwards."""
    if number % 9 == 0:
        return str(day.year)
    if number % 9 == 1:
        return f"{day.year}.{day.month}"
    if number % 9 == 2:
        return f"[{day:%Y%m%d}]"
    return f"{day:%Y%m%d}"


def enter_catalogue(path: Path, number: int, actor: Actor, told: Callable[[int, int], None]) -> list[UUID]:
    """Inspects the spreadsheet, keeps the report, and makes a record of every row not there yet.

    Raises:
        Conflict: the inspection refuses entries; nothing is taken.
    """
    fonds = Fonds.objects.get(code=agency("PAZFB").fonds)
    scheme = Scheme.objects.get(fonds=fonds, category="WS", year_from=YEARS.start)
    made: list[UUID] = []
    with open_package(path) as package:
        _inspect(package, fonds)
        rows = iter(package.items)
        done = 0
        while chunk := list(islice(rows, CHUNK)):
            known = set(
                Record.objects.filter(
                    archive_id=fonds.archive_id, reference_code__in=[row.metadata["M8"] for row in chunk]
                ).values_list("reference_code", flat=True)
            )
            drafts = [_draft(row, fonds, scheme) for row in chunk if row.metadata["M8"] not in known]
            made += [record.id for record in create_records(drafts, actor, subject=SUBJECT)] if drafts else []
            done += len(chunk)
            told(done, number)
    return made


def _inspect(package: Package, fonds: Fonds) -> None:
    """The archive's own inspection before anything is entered; done once, its report is kept."""
    kept = Report.objects.filter(subject=SUBJECT).first() or save_report(
        inspect_package(package, "YJ"),
        subject=SUBJECT,
        title=f"{fonds.name}旧目录",
        organisation_id=fonds.archive_id,
    )
    if kept.accepted_count != kept.item_count:
        raise Conflict("旧目录没有通过四性检测。", subject=kept.title, remedy="请按检测报告改正后重新登记。")


def _draft(row: PackageItem, fonds: Fonds, scheme: Scheme) -> RecordDraft:
    values = row.metadata
    return RecordDraft(
        fonds_id=fonds.id,
        scheme_id=scheme.id,
        agency_id=fonds.creator_id,
        custodian_id=fonds.archive_id,
        title=values["M22"],
        responsible=values["M32"],
        document_number=values.get("M31", ""),
        date_text=values["M33"],
        year=int(values["M11"]),
        retention=values["M12"],
        classification=values["M38"],
        page_count=int(values["M43"]),
        reference_code=values["M8"],
        item_number=int(values["M8"].rpartition("-")[2]),
        number_state=NumberState.FIXED,
    )

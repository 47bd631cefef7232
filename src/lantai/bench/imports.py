"""How fast a spreadsheet becomes entries that are found, all rules applied; and how the tree bears it.

The platform runs as it does in an archive: one process imports, another takes the news from the
outbox and fills the index. In the same run SQLite's own full text takes in the same sheet
(:mod:`.sheetpeer`). Usage of the inner process: ``python -m lantai.bench.imports run FILE ROWS``.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from . import sheetpeer
from .processes import count_in, measured

if TYPE_CHECKING:
    from lantai.records.api import Fonds

FONDS = "Z900"
HEADINGS = (
    "档号",
    "题名",
    "责任者",
    "文号",
    "日期",
    "年度",
    "保管期限",
    "密级",
    "页数",
    "盒号",
    "件号",
    "备注",
)
WRONG_IN = 5_000
"""One row in so many has a date that never was, so that the rules are seen to be applied."""
SAMPLE_S = 1.0
"""Looking at memory takes processor time from what is measured."""
OPENED = 200
"""Branches of the tree that are opened, the fonds first."""
Notice = Callable[[str, int, int], None]


def measure(number: int, notice: Notice) -> dict[str, Any]:
    """Writes a spreadsheet of ``number`` invented entries, imports it, waits until all are found.

    Args:
        number: rows below the headings, at most what a sheet holds.
        notice: told the step, how much is done and how much there is.
    """
    where = Path(tempfile.mkdtemp(prefix="lantai-bench-"))
    try:
        sheet = where / "目录.xlsx"
        wrong = write_sheet(sheet, number, notice)
        found, peak_mib = _run(where, sheet, number, notice)
        peer = sheetpeer.measure(sheet, where, number)
    finally:
        shutil.rmtree(where, ignore_errors=True)
    return {
        "rows": number,
        "rows_wrong": wrong,
        **found,
        "sound": found["bad"] == wrong and found["searchable"] == found["created"] == number - wrong,
        "peak_rss_mib": round(peak_mib, 1),
        "peer": peer,
        "cpus": os.cpu_count(),
    }


def write_sheet(path: Path, number: int, notice: Notice) -> int:
    """A workbook as spreadsheet programs write it when they stream; returns rows that are wrong."""
    wrong = 0
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, text in _FRAME.items():
            archive.writestr(name, text)
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as stream:
            stream.write(_HEAD.encode())
            stream.write(_row(1, HEADINGS).encode())
            for place, cells in enumerate(_cells(number), 2):
                if place % WRONG_IN == 0:
                    cells = (*cells[:4], "20211345", *cells[5:])
                    wrong += 1
                stream.write(_row(place, cells).encode())
                if place % 10_000 == 0:
                    notice("sheet", place, number)
            stream.write(b"</sheetData></worksheet>")
    return wrong


def _cells(number: int) -> Iterator[tuple[str, ...]]:
    from .entries import BLOCK, entries

    numbers: Counter[str] = Counter()
    for entry in entries(0, (number + BLOCK - 1) // BLOCK * BLOCK):
        parts = entry.reference_code.split("-")
        above = "-".join([FONDS, *parts[1:4]])
        numbers[above] += 1
        item = numbers[above]
        yield (
            f"{above}-{item:05d}", entry.title, entry.responsible, entry.document_number,
            entry.date_text.replace("-", ""), str(entry.year), "永久" if parts[2] == "Y" else f"{parts[2][1:]}年",
            "公开", str(entry.page_count), str(item // 40 + 1), str(item), "",
        )  # fmt: skip
        number -= 1
        if not number:
            return


def _row(place: int, cells: tuple[str, ...]) -> str:
    inner = "".join(
        f'<c r="{chr(65 + column)}{place}" t="inlineStr"><is><t>{escape(text)}</t></is></c>'
        for column, text in enumerate(cells)
        if text
    )
    return f'<row r="{place}">{inner}</row>'


_SCHEMAS = "http://schemas.openxmlformats.org"
_RELATIONS = f"{_SCHEMAS}/package/2006/relationships"
_TYPES = "application/vnd.openxmlformats-"
_OFFICE = f"{_SCHEMAS}/officeDocument/2006/relationships"
_XML = '<?xml version="1.0" encoding="UTF-8"?>'
_HEAD = f'{_XML}<worksheet xmlns="{_SCHEMAS}/spreadsheetml/2006/main"><sheetData>'
_FRAME = {
    "[Content_Types].xml": (
        f'{_XML}<Types xmlns="{_SCHEMAS}/package/2006/content-types">'
        f'<Default Extension="rels" ContentType="{_TYPES}package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPES}officedocument.spreadsheetml.sheet.main+xml"/>'
        '<Override PartName="/xl/worksheets/sheet1.xml" '
        f'ContentType="{_TYPES}officedocument.spreadsheetml.worksheet+xml"/></Types>'
    ),
    "_rels/.rels": (
        f'{_XML}<Relationships xmlns="{_RELATIONS}"><Relationship Id="rId1" '
        f'Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
    ),
    "xl/workbook.xml": (
        f'{_XML}<workbook xmlns="{_SCHEMAS}/spreadsheetml/2006/main" xmlns:r="{_OFFICE}">'
        '<sheets><sheet name="目录" sheetId="1" r:id="rId1"/></sheets></workbook>'
    ),
    "xl/_rels/workbook.xml.rels": (
        f'{_XML}<Relationships xmlns="{_RELATIONS}"><Relationship Id="rId1" '
        f'Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>'
    ),
}


def _run(where: Path, sheet: Path, number: int, notice: Notice) -> tuple[dict[str, Any], float]:
    home = where / "home"
    home.mkdir()
    peaks = [0.0]

    def observe(mib: float) -> None:
        peaks.append(mib)
        notice("import", count_in(home / "done"), number)

    found = measured(
        where, "lantai.bench.imports", "run", str(sheet), str(number),
        every_s=SAMPLE_S, observe=observe, kept=("LANTAI_DATABASE_URL", "LANTAI_WORKERS"),
    )  # fmt: skip
    return found, max(peaks)


# ---- the inner process: the platform


def _import(sheet: Path, number: int) -> dict[str, Any]:
    from django.core.management import call_command

    from lantai.catalogue.api import CHECK, LOAD, Import, receive_file, start_check, start_load
    from lantai.core.actors import SYSTEM
    from lantai.core.jobs import run_inline
    from lantai.search.api import engine

    call_command("migrate", verbosity=0)
    fonds = archive_and_fonds()
    seconds: dict[str, float] = {}
    with _indexer() as indexer:
        started, before = time.perf_counter(), _spent()
        with _timed(seconds, "receive"):
            batch = receive_file(file=sheet, fonds=fonds, actor=SYSTEM)
        with _timed(seconds, "check"):
            start_check(batch=batch, actor=SYSTEM, enqueue=False)
            run_inline(CHECK, SYSTEM, progress=False, import_id=str(batch.id))
        with _timed(seconds, "load"):
            start_load(batch=batch, actor=SYSTEM, accept=True, enqueue=False)
            run_inline(LOAD, SYSTEM, progress=False, import_id=str(batch.id))
        cpu = _cpu(number, before)  # an indexer that ended would count among those that check
        with _timed(seconds, "index_after_the_last"):
            index_cpu_s = float(indexer.communicate("done\n")[0])
        took_s = time.perf_counter() - started
    batch = Import.objects.get(id=batch.id)
    created = batch.counts.get("loaded", {}).get("created", 0)
    return {
        "bad": batch.counts["bad"],
        "created": created,
        "searchable": engine().count(),
        "rows_per_s": round(number / took_s, 1),
        "seconds": round(took_s, 2),
        "seconds_by_step": {name: round(value, 2) for name, value in seconds.items()},
        **cpu,
        "index_cpu_us_per_row": round(index_cpu_s / number * 1e6, 1),
        **_tree(fonds),
    }


def archive_and_fonds() -> Fonds:
    """One archive, one agency, one fonds with one scheme."""
    from lantai.institutions.api import Organisation, Region
    from lantai.records.api import Arrangement, Fonds, Scheme

    region = Region.objects.create(name="测速区", division_code="330000")
    archive = Organisation.objects.create(region=region, kind="archive", name="测速档案馆", code="BENCHA")
    agency = Organisation.objects.create(
        region=region, kind="agency", name="测速局", code="BENCHB", archive=archive
    )
    fonds = Fonds.objects.create(archive=archive, creator=agency, code=FONDS, name="测速局")
    Scheme.objects.create(
        fonds=fonds, category="WS", name="文书档案", year_from=1900, arrangement=Arrangement.ITEM,
        code_template="dat22.item.unit", number_width=5,
    )  # fmt: skip
    Scheme.objects.create(
        fonds=fonds, category="ZY", name="政务服务档案", year_from=1900, arrangement=Arrangement.ITEM,
        code_template="dat22.item.unit", number_width=5,
    )  # fmt: skip
    return fonds


@contextmanager
def _indexer() -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-m", "lantai.bench.imports", "index"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        if process.stdout is None or not process.stdout.readline():
            raise SystemExit(1)
        yield process
    if process.returncode:
        raise SystemExit(process.returncode)


def _index() -> None:
    """Takes what the outbox holds for the index until told that no more comes."""
    import select

    from lantai.core.events import deliver_pending

    print("ready", flush=True)  # noqa: T201
    before, last = sum(_spent()), False
    while True:
        taken = deliver_pending("search.index")
        if last and not taken:
            print(sum(_spent()) - before, flush=True)  # noqa: T201
            return
        if not last:
            last = bool(select.select([sys.stdin], [], [], 0 if taken else 0.2)[0])


@contextmanager
def _timed(seconds: dict[str, float], name: str) -> Iterator[None]:
    started = time.perf_counter()
    yield
    seconds[name] = time.perf_counter() - started


def _spent() -> tuple[float, float]:
    """Processor time of this process, and of those it started that ended, seconds."""
    import resource

    own, others = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return own.ru_utime + own.ru_stime, others.ru_utime + others.ru_stime


def _cpu(number: int, before: tuple[float, float]) -> dict[str, float]:
    """Work by part: this process lays out and loads, others read and check.

    The making of the database is left out, as it is of the time.
    """
    own, others = (now - then for now, then in zip(_spent(), before, strict=True))
    parts = {"import": own, "read_and_check": others}
    return {f"{name}_cpu_us_per_row": round(used / number * 1e6, 1) for name, used in parts.items()}


def _tree(fonds: Fonds) -> dict[str, Any]:
    """Opens branches at every depth, and moves a large one below another and back."""
    from lantai.catalogue.api import Branch, add_group, children_of, grow, move_branch, records_of
    from lantai.core.actors import SYSTEM

    started = time.perf_counter()
    grow(fonds.id)
    grown_ms = (time.perf_counter() - started) * 1000
    opened: list[float] = []
    for branch in Branch.objects.filter(fonds=fonds).order_by("id")[:OPENED]:
        started = time.perf_counter()
        list(children_of(branch).order_by("place", "id")[:50])
        list(records_of(branch, SYSTEM).order_by("reference_code", "id")[:50])
        opened.append((time.perf_counter() - started) * 1000)
    root, moved = (
        Branch.objects.filter(fonds=fonds, kind=kind).order_by("-records")[0]
        for kind in (Branch.Kind.FONDS, Branch.Kind.CLASS)
    )
    group = add_group(parent_id=root.id, title="测速分组", actor=SYSTEM)
    started = time.perf_counter()
    move_branch(branch_id=moved.id, to_id=group.id, actor=SYSTEM)
    moved_ms = (time.perf_counter() - started) * 1000
    return {
        "tree_grown_ms": round(grown_ms, 1),
        "tree_open_p95_ms": round(sorted(opened)[int(len(opened) * 0.95)], 2),
        "branch_records": moved.records,
        "branch_moved_ms": round(moved_ms, 1),
    }


def main() -> None:
    """The inner processes."""
    import django

    django.setup()
    if sys.argv[1] == "index":
        _index()
    else:
        print(json.dumps(_import(Path(sys.argv[2]), int(sys.argv[3]))))  # noqa: T201


if __name__ == "__main__":
    main()

"""The dry run of scans: whose they are, whether they are sound, whether their pages agree."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import replace
from itertools import islice
from pathlib import Path

from django.db import transaction

from lantai.core.findings import Outcome
from lantai.core.jobs import JobRun
from lantai.core.language import gettext as _
from lantai.inspection.api import Inspection, ItemReport, plan_in_force
from lantai.packages.api import Declaration, Package, PackageItem, list_files

from ...models import Import, ImportProblem
from ..findings import Findings
from ..problems import Problem
from ..spool import RECORDS, ROWS, Spool, SpoolWriter
from .layout import Unit, units_of
from .places import came_beside, holdings_of, root_of
from .plan import Planned, plan
from .targets import Target, Targets

HEADINGS = ("名称", "档号", "目录页数", "扫描页数")
"""Of the list of units, which takes the place of a table's rows."""
HELD_TO = frozenset(
    {
        "int.content.body", "use.content.format", "use.content.readable", "use.pkg.barrier", "use.content.longterm",
        "sec.av.scan", "sec.active",
    }
)  # fmt: skip
"""Of the checks of long-term keeping (DA/T 70, BC), those that look at content: entries are held to the table's rules."""
PAGES = "int.content.body"
AT_ONCE = 100
"""Units of a piece: what is loaded in one transaction."""


def check_scans(run: JobRun, batch: Import) -> Counter[str]:
    """Checks all scans from the beginning; returns how many problems of each kind there are.

    Raises:
        Invalid: the archive they came in is damaged or hostile.
    """
    run.step(_("清点扫描件"))
    spool = Spool(batch.id)
    spool.begin_anew(ROWS, RECORDS)
    ImportProblem.objects.filter(batch=batch).delete()
    root = root_of(batch)
    listing = list_files(root)
    targets = Targets(batch, came_beside(batch))
    units = units_of(list(listing.files.values()), targets.known)
    found = Findings(batch)
    found.tell([Problem(0, "scan_unsafe", details={"name": name[:80]}) for name in listing.unsafe])
    fit = [(row, unit) for row, unit in enumerate(units, 2) if _is_fit(row, unit, targets, found)]
    run.step(_("逐件检测扫描件"), total=len(fit))
    with ExitStack() as opened:
        rows = opened.enter_context(closing(spool.writer(ROWS)))
        plans = opened.enter_context(closing(spool.writer(RECORDS)))
        counted = _inspect(run, batch, fit, targets, found, plans, root)
        _list_units(rows, units, targets, counted)
        rows.finish()
        plans.finish()
    if bare := targets.without_scans({unit.code for unit in units}):
        found.tell([Problem(0, "scan_none", details={"count": len(bare), "example": bare[0]})])
    batch.counts = {
        "rows": len(units), "bad": len(found.stopped), "good": len(units) - len(found.stopped), "known": 0,
        "by_kind": dict(found.kinds.most_common()),
    }  # fmt: skip
    return found.kinds


def _is_fit(row: int, unit: Unit, targets: Targets, found: Findings) -> bool:
    """Whether a unit has an entry that it can be added to; tells why not."""
    if not unit.code:
        found.tell([Problem(row, "scan_orphan", details={"name": unit.name[:80], "count": len(unit.scans)})])
        return False
    target = targets.met[unit.code]
    if target.filled or target.closed:
        kind = "scan_there" if target.filled else "scan_closed"
        found.tell([Problem(row, kind, "reference_code", {"code": unit.code})])
        return False
    if gap := unit.gap():
        found.tell([Problem(row, "scan_gap", "page_count", {"code": unit.code, "page": gap})])
    return True


def _inspect(
    run: JobRun, batch: Import, fit: Sequence[tuple[int, Unit]], targets: Targets, found: Findings, plans: SpoolWriter, root: Path
) -> dict[str, int]:  # fmt: skip
    """Has every unit's files examined; lays out what becomes of the sound ones. Returns pages by code."""
    counted: dict[str, int] = {}
    package = Package(
        "folder", root, Declaration(), [_item(row, unit, targets.met[unit.code]) for row, unit in fit]
    )
    in_force = plan_in_force(batch.fonds.archive_id, "BC")
    rules = {key: rule for key, rule in in_force.rules.items() if key in HELD_TO}
    reports = Inspection(package, "BC", plan_in_force=replace(in_force, rules=rules)).items()
    while piece := list(islice(reports, AT_ONCE)):
        planned = []
        for report in piece:
            code = report.item.metadata["M8"]
            ready = plan(report.item.number, code, report, root, holdings_of(batch))
            counted[code] = ready.pages
            problems = list(_problems(report, targets.met[code], ready))
            found.tell(problems)
            if not any(problem.stops for problem in problems):
                planned.append(ready)
        if planned:
            line = json.dumps([ready.as_json() for ready in planned], ensure_ascii=False).encode()
            plans.put(line, len(planned), planned[0].row, planned[-1].row)
        with transaction.atomic():
            run.advance(len(piece))
    return counted


def _item(row: int, unit: Unit, target: Target) -> PackageItem:
    return PackageItem(
        number=row,
        metadata={"M8": unit.code, "M22": target.title},
        files=unit.files(),
        announced_pages=target.pages or None,
    )


def _problems(report: ItemReport, target: Target, ready: Planned) -> Iterator[Problem]:
    """What the inspection found, in the words of an import."""
    row, code = report.item.number, ready.code
    if report.classified:
        yield Problem(row, "classified")
        return
    for finding in report.findings:
        if finding.outcome is not Outcome.FAIL:
            continue
        if finding.key == PAGES:
            details = {"code": code, "cell": target.pages, "counted": ready.pages}
            yield Problem(row, "scan_pages_differ", "page_count", details)
        else:
            said = f"{finding.subject}：{finding.observed}"
            details = {"code": code, "said": said[:200], "remedy": finding.remedy[:200]}
            yield Problem(row, "scan_refused" if not report.accepted else "scan_doubtful", "", details)


def _list_units(rows: SpoolWriter, units: Sequence[Unit], targets: Targets, counted: dict[str, int]) -> None:
    """The list of units as rows below their headings."""
    table = [list(HEADINGS)]
    for unit in units:
        pages = targets.met[unit.code].pages if unit.code else 0
        table.append([unit.name, unit.code, str(pages or ""), str(counted.get(unit.code, ""))])
    line = json.dumps(table, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
    rows.put(line, len(table), 1, len(table))

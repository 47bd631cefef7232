"""The inspection report as PDF: typst, with Chinese fonts embedded; nothing on the machine is needed."""

from __future__ import annotations

import json
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pylopdf_fonts_zh_cn
import typst

from .grouping import OUTCOME_NAMES, ReportView, Task, view_of_package, view_of_report
from .models import ManualDecision, Report
from .report import PackageReport

_TEMPLATE = Path(__file__).parent / "data" / "report.typ"
_PLACE = ZoneInfo("Asia/Shanghai")
_SHOWN_PER_TASK = 40


def report_pdf(report: Report | PackageReport, title: str = "") -> bytes:
    """The report as a document to print, sign and file.

    Args:
        report: a stored report, or one fresh from the engine.
        title: name of what was inspected, for a report that is not stored.
    """
    view = view_of_report(report) if isinstance(report, Report) else view_of_package(report, title)
    data = json.dumps(_data(view), ensure_ascii=False)
    return bytes(
        typst.compile(
            _TEMPLATE.read_bytes(),
            font_paths=_fonts(),
            sys_inputs={"report": data},
            pdf_standards="a-2b",
        )
    )


@cache
def _fonts() -> typst.Fonts:
    folder = Path(pylopdf_fonts_zh_cn.sans_path()).parent
    return typst.Fonts(include_system_fonts=False, font_paths=[str(folder)])


def _data(view: ReportView) -> dict[str, Any]:
    return {
        "title": view.title,
        "stage": view.stage,
        "verdict": str(view.verdict),
        "verdict_name": OUTCOME_NAMES[view.verdict],
        "items": view.item_count,
        "accepted": view.accepted_count,
        "returned": view.returned_count,
        "natures": [
            {"name": line.name, "counts": [line.number(outcome) for outcome in OUTCOME_NAMES]}
            for line in view.natures
        ],
        "tasks": [_task(task) for task in view.tasks],
        "not_applicable": [
            [finding.code, finding.subject, finding.observed] for finding in view.not_applicable
        ],
        "outside": [[rule["code"], rule["name"]] for rule in view.outside_plan],
        "inside": view.inside_plan,
        "decisions": [_decision(decision) for decision in view.decisions],
        "hidden": view.hidden,
        "digest": view.input_digest,
        "started": _moment(view.started_at),
        "finished": _moment(view.finished_at),
    }


def _task(task: Task) -> dict[str, Any]:
    return {
        "remedy": task.remedy,
        "outcome": str(task.outcome),
        "outcome_name": OUTCOME_NAMES[task.outcome],
        "code": task.code,
        "name": task.name,
        "more": max(0, len(task.findings) - _SHOWN_PER_TASK),
        "places": [
            [finding.subject, finding.expected, finding.observed]
            for finding in task.findings[:_SHOWN_PER_TASK]
        ],
    }


def _decision(decision: ManualDecision) -> dict[str, str]:
    return {
        "key": decision.key,
        "outcome": OUTCOME_NAMES[decision.outcome],
        "note": decision.note,
        "by": decision.decided_by_name,
        "at": _moment(decision.decided_at),
    }


def _moment(moment: datetime) -> str:
    return f"{moment.astimezone(_PLACE):%Y-%m-%d %H:%M:%S}"

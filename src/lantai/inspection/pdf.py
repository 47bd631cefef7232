"""The inspection report as PDF."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import get_language

from lantai.core.language import gettext as _
from lantai.core.language import told
from lantai.core.typesetting import typeset

from .grouping import OUTCOME_NAMES, ReportView, ShownLine, Task, view_of_package, view_of_report
from .models import ManualDecision, Report
from .report import PackageReport

_TEMPLATE = Path(__file__).parent / "data" / "report.typ"
_PLACE = ZoneInfo("Asia/Shanghai")
_SHOWN_PER_TASK = 40


def report_pdf(report: Report | PackageReport, title: str = "") -> bytes:
    """The report as a document to print, sign and file, in the reader's language.

    Args:
        report: a stored report, or one fresh from the engine.
        title: name of what was inspected, for a report that is not stored.
    """
    view = view_of_report(report) if isinstance(report, Report) else view_of_package(report, title)
    return typeset(_TEMPLATE, _data(view))


def _data(view: ReportView) -> dict[str, Any]:
    return {
        "language": (get_language() or "zh").partition("-")[0],
        "words": _words(),
        "title": view.title,
        "stage": told(view.stage),
        "verdict": str(view.verdict),
        "verdict_name": told(OUTCOME_NAMES[view.verdict]),
        "items": view.item_count,
        "accepted": view.accepted_count,
        "returned": view.returned_count,
        "natures": [
            {"name": told(line.name), "counts": [line.number(outcome) for outcome in OUTCOME_NAMES]}
            for line in view.natures
        ],
        "lines": [_line(shown) for shown in view.lines],
        "score": "" if view.score is None else f"{view.score:.1f}",
        "plan_version": plan_in_words(view.plan_version),
        "tasks": [_task(task) for task in view.tasks],
        "not_applicable": [
            [finding.code, told(finding.subject), told(finding.observed)] for finding in view.not_applicable
        ],
        "outside": [[rule["code"], told(rule["name"])] for rule in view.outside_plan],
        "inside": view.inside_plan,
        "decisions": [_decision(decision) for decision in view.decisions],
        "hidden": view.hidden,
        "digest": view.input_digest,
        "started": moment_in_words(view.started_at),
        "finished": moment_in_words(view.finished_at),
    }


def _line(shown: ShownLine) -> dict[str, str]:
    line = shown.line
    return {
        "code": line.code,
        "name": told(line.name),
        "state": line.state,
        "state_name": told(shown.state_name),
        "evidence": evidence_of(shown),
        "blind": told(line.blind),
    }


def plan_in_words(version: str) -> str:
    """Name and version of a plan, the name in the reader's language."""
    name, _space, number = version.rpartition(" ")
    return f"{told(name)} {number}".strip()


def evidence_of(shown: ShownLine) -> str:
    """What a line rests on, in one phrase: who signed and how, or how many results of each outcome."""
    if shown.decision is not None:
        decision = shown.decision
        signed = f"{decision.decided_by_name} {moment_in_words(decision.decided_at)}：{decision.note}"
        return f"{signed}（{decision.evidence_name}）" if decision.evidence_name else signed
    return "，".join(f"{told(name)} {number}" for name, number in shown.tallies)


def _words() -> dict[str, Any]:
    """What the template says; values in braces are put in there."""
    return {
        "report": _("电子档案四性检测报告"),
        "heading": _("四性检测报告"),
        "page": _("第 {page} 页，共 {pages} 页"),
        "figures": [_("检测件数"), _("合格"), _("退回件数"), _("检测时间")],
        "until": _("至 {moment}"),
        "natures": [_("性质"), _("通过"), _("提示"), _("不通过"), _("待人工"), _("不适用")],
        "tasks": _("需要办的事"),
        "nothing": _("没有。本批全部检测项都不需要处理。"),
        "places": _("{n} 处"),
        "columns": [_("在哪里"), _("应为"), _("实为")],
        "more": _("另有 {n} 处，见 JSON 报告。"),
        "hidden": _("另有 {n} 条没有列出，见 JSON 报告。"),
        "manual": _("人工检测"),
        "not_applicable": _("不适用"),
        "lines": _("各项结果"),
        "line_columns": [_("编号"), _("检测项"), _("结果"), _("凭据")],
        "blind": _("看不到的："),
        "score": _("得分 {score}（通过项按权重折算，不适用的项不计，未检和待确认的项计为未通过）"),
        "scope": _("依据与范围"),
        "plan": _("检测方案：{version}，共 {n} 项。"),
        "outside": _("以下各项没有列入方案，不计为通过：{outside}。"),
        "comma": _("、"),
        "digest": _("检测输入的 SM3 摘要（目录各栏与文件摘要依次计算）："),
        "signed": [_("检测人"), _("审核人"), _("单位印章与日期")],
    }


def _task(task: Task) -> dict[str, Any]:
    return {
        "remedy": told(task.remedy),
        "outcome": str(task.outcome),
        "outcome_name": told(OUTCOME_NAMES[task.outcome]),
        "code": task.code,
        "name": told(task.name),
        "more": max(0, len(task.findings) - _SHOWN_PER_TASK),
        "places": [
            [told(finding.subject), told(finding.expected), told(finding.observed)]
            for finding in task.findings[:_SHOWN_PER_TASK]
        ],
    }


def _decision(decision: ManualDecision) -> dict[str, str]:
    return {
        "key": decision.key,
        "outcome": told(OUTCOME_NAMES[decision.outcome]),
        "note": decision.note,
        "by": decision.decided_by_name,
        "at": moment_in_words(decision.decided_at),
    }


def moment_in_words(moment: datetime) -> str:
    """A moment as reports write it, in the archive's own time."""
    return f"{moment.astimezone(_PLACE):%Y-%m-%d %H:%M:%S}"

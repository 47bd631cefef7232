"""The inspection report as a Word document, for those who have to write into it."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import docx
from docx.oxml.ns import qn
from docx.shared import Pt, RGBColor

from lantai.core.language import gettext as _
from lantai.core.language import told

from .grouping import OUTCOME_NAMES, ReportView, Task, view_of_package, view_of_report
from .models import Report
from .pdf import evidence_of, moment_in_words, plan_in_words
from .report import PackageReport

_SONG = "SimSun"
_SEAL = RGBColor(0xA8, 0x32, 0x1F)
_SOFT = RGBColor(0x6F, 0x67, 0x5C)
_SHOWN_PER_TASK = 40


def report_docx(report: Report | PackageReport, title: str = "") -> bytes:
    """The report as DOCX, in the reader's language.

    Args:
        report: a stored report, or one fresh from the engine.
        title: name of what was inspected, for a report that is not stored.
    """
    view = view_of_report(report) if isinstance(report, Report) else view_of_package(report, title)
    document = docx.Document()
    _set_up(document, view)
    _write_head(document, view)
    _write_tasks(document, view.tasks)
    _write_lines(document, view)
    _write_scope(document, view)
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def _set_up(document: Any, view: ReportView) -> None:
    style = document.styles["Normal"]
    style.font.name, style.font.size = _SONG, Pt(10.5)
    style.element.rPr.rFonts.set(qn("w:eastAsia"), _SONG)
    properties = document.core_properties
    properties.title = f"{_('四性检测报告')} {_clean(view.title)}"
    properties.author, properties.comments = "", ""


def _write_head(document: Any, view: ReportView) -> None:
    document.add_heading(_("四性检测报告"), 0)
    document.add_paragraph(_clean(view.title))
    paragraph = document.add_paragraph()
    run = paragraph.add_run(told(OUTCOME_NAMES[view.verdict]))
    run.bold, run.font.size, run.font.color.rgb = True, Pt(16), _SEAL
    score = "" if view.score is None else f"{view.score:.1f}"
    _write_table(
        document,
        [_("环节"), _("检测件数"), _("合格"), _("退回件数"), _("得分"), _("检测时间")],
        [
            [
                told(view.stage),
                str(view.item_count),
                str(view.accepted_count),
                str(view.returned_count),
                score,
                f"{moment_in_words(view.started_at)} – {moment_in_words(view.finished_at)}",
            ]
        ],
    )
    names = [_("性质"), *(told(name) for name in OUTCOME_NAMES.values())]
    rows = [[told(line.name), *(str(line.number(key)) for key in OUTCOME_NAMES)] for line in view.natures]
    document.add_paragraph()
    _write_table(document, names, rows)


def _write_tasks(document: Any, tasks: Sequence[Task]) -> None:
    document.add_heading(_("需要办的事"), 1)
    if not tasks:
        document.add_paragraph(_("没有。本批全部检测项都不需要处理。"))
    for task in tasks:
        document.add_heading(_clean(told(task.remedy)), 2)
        _write_small(document, f"{told(OUTCOME_NAMES[task.outcome])} · {task.code} {told(task.name)}")
        rows = [
            [told(finding.subject), told(finding.expected), told(finding.observed)]
            for finding in task.findings[:_SHOWN_PER_TASK]
        ]
        _write_table(document, [_("在哪里"), _("应为"), _("实为")], rows)
        more = len(task.findings) - _SHOWN_PER_TASK
        if more > 0:
            _write_small(document, _("另有 {n} 处，见 JSON 报告。").format(n=more))


def _write_lines(document: Any, view: ReportView) -> None:
    document.add_heading(_("各项结果"), 1)
    rows = [
        [
            shown.line.code,
            told(shown.line.name),
            told(shown.state_name),
            evidence_of(shown),
            told(shown.line.blind),
        ]
        for shown in view.lines
    ]
    _write_table(document, [_("编号"), _("检测项"), _("结果"), _("凭据"), _("看不到的")], rows)


def _write_scope(document: Any, view: ReportView) -> None:
    document.add_heading(_("依据与范围"), 1)
    plan = _("检测方案：{version}，共 {n} 项。").format(
        version=plan_in_words(view.plan_version), n=view.inside_plan
    )
    document.add_paragraph(_clean(plan))
    if view.outside_plan:
        outside = _("、").join(f"{rule['code']} {told(rule['name'])}" for rule in view.outside_plan)
        document.add_paragraph(_("以下各项没有列入方案，不计为通过：{outside}。").format(outside=outside))
    _write_small(document, _("检测输入的 SM3 摘要（目录各栏与文件摘要依次计算）：") + view.input_digest)
    document.add_paragraph()
    _write_table(document, [_("检测人"), _("审核人"), _("单位印章与日期")], [["\n\n", "", ""]])


def _write_table(document: Any, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    table = document.add_table(rows=1, cols=len(heads), style="Table Grid")
    for cell, head in zip(table.rows[0].cells, heads, strict=True):
        cell.paragraphs[0].add_run(head).bold = True
    for row in rows:
        for cell, text in zip(table.add_row().cells, row, strict=True):
            cell.text = _clean(text)
    for row in table.rows:
        for cell in row.cells:
            for run in cell.paragraphs[0].runs:
                run.font.size = Pt(9)


def _write_small(document: Any, text: str) -> None:
    run = document.add_paragraph().add_run(_clean(text))
    run.font.size, run.font.color.rgb = Pt(8.5), _SOFT


def _clean(text: str) -> str:
    """Text XML can hold."""
    return "".join(
        c if c in "\n\t" or " " <= c < "\ud800" or "\ue000" <= c <= "\ufffd" or c > "\uffff" else "␀"
        for c in text
    )

"""States as people read them: one word, one shape (``.state`` in components.css).

One table for the whole platform, so that the same word never wears two shapes.
Tones: ``good`` done and right, ``run`` going on, ``wait`` somebody has to act, ``bad`` wrong,
``none`` nothing to say yet.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Shown:
    """How a state is shown."""

    label: Promise
    tone: str


STATES: dict[str, Shown] = {
    # records
    "captured": Shown(_("已收集"), "run"),
    "filed": Shown(_("已归档"), "good"),
    "handing_over": Shown(_("移交中"), "run"),
    "held": Shown(_("在馆"), "good"),
    "returned": Shown(_("已退回"), "bad"),
    "transferred": Shown(_("已移交"), "good"),
    "isolated": Shown(_("已隔离"), "bad"),
    "combined": Shown(_("已并入"), "none"),
    "destroyed": Shown(_("已销毁"), "none"),
    # opening marks
    "unreviewed": Shown(_("未审核"), "none"),
    "open": Shown(_("已开放"), "good"),
    "controlled": Shown(_("控制使用"), "wait"),
    "postponed": Shown(_("延期开放"), "wait"),
    # submissions and hand-overs
    "draft": Shown(_("草稿"), "none"),
    "submitted": Shown(_("已提交"), "run"),
    "received": Shown(_("已收到"), "run"),
    "processing": Shown(_("正在处理"), "run"),
    "accepted": Shown(_("已接收"), "good"),
    "partly_accepted": Shown(_("部分接收"), "wait"),
    "failed": Shown(_("未能完成"), "bad"),
    # reforms, texts of the guide, exports
    "planned": Shown(_("待确认"), "wait"),
    "withdrawn": Shown(_("已撤回"), "none"),
    "approved": Shown(_("已审定"), "good"),
    "making": Shown(_("正在生成"), "run"),
    # jobs
    "queued": Shown(_("排队中"), "none"),
    "running": Shown(_("正在进行"), "run"),
    "done": Shown(_("已完成"), "good"),
    "cancelled": Shown(_("已取消"), "none"),
    # copies in the vault
    "pending": Shown(_("待写入"), "run"),
    "verified": Shown(_("已核验"), "good"),
    "missing": Shown(_("缺失"), "bad"),
    "damaged": Shown(_("损坏"), "bad"),
    "sealed": Shown(_("已封装"), "good"),
    "superseded": Shown(_("已换发，待销毁"), "wait"),
    "repairable": Shown(_("有损坏，可全部恢复"), "wait"),
    "lost": Shown(_("有损坏，不能全部恢复"), "bad"),
    "good": Shown(_("完好"), "good"),
    # outcomes of checks
    "pass": Shown(_("通过"), "good"),
    "warn": Shown(_("提示"), "wait"),
    "fail": Shown(_("不通过"), "bad"),
    "awaiting": Shown(_("待人工确认"), "wait"),
    "unchecked": Shown(_("未检"), "wait"),
    "not_applicable": Shown(_("不适用"), "none"),
    # what an agency should file
    "met": Shown(_("已归"), "good"),
    "explained": Shown(_("已说明"), "wait"),
    "waiting": Shown(_("未到期"), "none"),
    "overdue": Shown(_("逾期未归"), "bad"),
    # item numbers
    "none": Shown(_("未编号"), "none"),
    "provisional": Shown(_("预号"), "run"),
    "fixed": Shown(_("定号"), "good"),
    "locked": Shown(_("锁号"), "good"),
}


def state(key: object, label: str = "") -> SafeString:
    """A state as a word and a shape; ``label`` says it in other words where the page needs to."""
    known = STATES.get(str(key))
    tone = known.tone if known else "none"
    return format_html(
        '<span class="state {}">{}</span>', tone, label or (known.label if known else str(key))
    )

"""Material for the specimen book: invented, awkward on purpose (long titles, gaps, big counts)."""

from __future__ import annotations

import datetime
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _

from .charts import Bar, BarChart
from .states import STATES

_DIGEST = "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
_COLOURS = (
    "paper",
    "sheet",
    "shade",
    "rule",
    "ink",
    "ink-2",
    "ink-3",
    "seal",
    "pine",
    "ochre",
    "plum",
    "indigo",
)
_KINDS = ("", "code", "date", "n")
_COUNTS = (4, 6, 9, 21, 18, 12, 9, 7, 5, 3, 0, 2)


class SpecimenForm(forms.Form):
    """Three fields in the states a field can be in."""

    title = forms.CharField(label=_("题名"), help_text=_("照正文标题著录，不要改写。"))
    number = forms.CharField(label=_("文号"), help_text=_("没有文号可以空着。"), required=False)
    retention = forms.ChoiceField(
        label=_("保管期限"), choices=[("Y", _("永久")), ("D30", _("30 年")), ("D10", _("10 年"))]
    )
    reason = forms.CharField(label=_("理由"), widget=forms.Textarea(attrs={"rows": 3}), required=False)


def specimen() -> dict[str, Any]:
    """The template context of ``ui/style.html``."""
    return {
        "form": SpecimenForm(data={"title": "", "number": "东屿政〔2026〕38号", "retention": "Y"}),
        "states": list(STATES),
        "colours": _COLOURS,
        "digest_value": _DIGEST,
        "trail": [
            ("东屿市档案馆", "#"),
            ("J001 东屿县人民委员会", "#"),
            ("文书 1958 年", "#"),
            ("第 42 件", ""),
        ],
        "rows": _rows(),
        "stamp": {
            "fonds": "J001",
            "year": 1958,
            "number": "0042",
            "unit": "办公室",
            "retention": "永久",
            "pages": 12,
        },
        "facts": [
            ("责任者", "东屿县人民委员会办公室、东屿县水利局围垦工程指挥部筹备小组"),
            ("文号", "东人办〔58〕第 117 号"),
            ("成文日期", "一九五八年十一月三日"),
            ("附注", ""),
        ],
        **_counts(),
        "tabs": [("要改的 4", "#", True), ("正在处理 1", "#", False), ("已归档 375", "#", False)],
    }


def _rows() -> list[dict[str, Any]]:
    return [
        {
            "title": "东屿县人民委员会关于成立北塘围垦工程指挥部并由县长兼任总指挥有关事项以及所需民工由各公社统一抽调的通知",
            "url": "#",
            "date": "1958-11-03",
            "fonds": "东屿县人民委员会",
            "reference_code": "J001-WS·1958-Y-0042",
            "state": "open",
        },
        {
            "title": "普安區公所關於民國三十六年度漁會會員名册",
            "url": "#",
            "date": "1947",
            "fonds": "普安区公所",
            "reference_code": "L017-003-021",
            "state": "postponed",
        },
        {"title": "没有日期、没有档号的一件", "url": "#", "state": "unreviewed"},
    ]


def _events() -> list[dict[str, Any]]:
    now = timezone.now()
    return [
        {"text": "东屿市水务局归档", "at": now - datetime.timedelta(days=400), "who": "林岚"},
        {
            "text": "市档案馆接收，检测 23 项全部通过",
            "at": now - datetime.timedelta(days=30),
            "who": "周启明",
        },
        {"text": "三份副本逐字节核对一致", "at": now - datetime.timedelta(days=2), "sealed": True},
        {"text": "下一次抽检", "at": None, "pending": True},
    ]


def _counts() -> dict[str, Any]:
    """Progress, history, chart and table."""
    return {
        "progress": {"title": "6 月公文", "done": 161, "total": 218, "rate": 42, "eta": "还要 2 秒"},
        "events": _events(),
        "chart": BarChart(
            title="各年件数",
            axis="年",
            bars=[Bar(str(1955 + i), n, "#", i == 3) for i, n in enumerate(_COUNTS)],
        ),
        "columns": list(zip(("题名", "档号", "日期", "页"), _KINDS, strict=True)),
        "cells": [
            list(zip(row, _KINDS, strict=True))
            for row in (
                ("市水务局关于开展河湖清淤专项行动的实施方案", "Z037-WS·2026-Y-BGS-0031", "2026-06-02", "14"),
                ("关于同意东屿水厂扩建工程初步设计的批复", "Z037-WS·2026-Y-JSK-0012", "2026-06-04", "6"),
                ("节水宣传周活动总结", "Z037-WS·2026-D10-BGS-0009", "2026-06-05", "3"),
            )
        ],
    }

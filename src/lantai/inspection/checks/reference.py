"""GD-1-7 and 2-6: reference codes and numbers that must run on."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import pairwise

from lantai.core.errors import Invalid
from lantai.records.api import code_templates, parse_code, retention_term

from ..registry import Observations, check, fail, listed, not_applicable, package_check
from ..subjects import ItemSubject, Metadata, PackageSubject

_NAMED_PARTS = {"fonds": ("M9", "全宗号"), "year": ("M11", "年度"), "retention": ("M12", "保管期限")}
_SHOWN = 10


@check("auth.meta.refcode")
def check_reference_code(subject: ItemSubject) -> Observations:
    """GD-1-7: the code follows a template, and its parts equal the metadata of the same name."""
    given = False
    for source, metadata in subject.copies:
        code = metadata.get("M8", "").strip()
        if not code:
            continue
        given = True
        contradictions: list[str] = []
        for parts in _readings(code):
            contradictions.append(_contradictions(parts, metadata))
            if not contradictions[-1]:
                break
        if not contradictions:
            yield fail(
                subject.about("“档号”", source),
                "符合档号编制规则，如 A001-WS·2024-Y-0001",
                code,
                "请核对各段是否齐全，门类与年度之间用“·”，段与段之间用“-”。",
            )
        elif all(contradictions):
            remedy = "请核对档号与各栏，哪个有误改哪个。"
            observed = f"{code}：{min(contradictions, key=len)}"
            yield fail(subject.about("“档号”", source), "各段与目录各栏一致", observed, remedy)
    if not given:
        yield not_applicable(subject.item.label, "归档时尚未编制档号")


@package_check("int.meta.seq")
def check_sequences(subject: PackageSubject) -> Observations:
    """GD-2-6: numbers run on within their group, without repetition or unexplained gap."""
    if not subject.survey.sequences:
        yield not_applicable("件号", "目录中没有序号和件号")
    for group, texts in subject.survey.sequences.items():
        bearers: defaultdict[int, list[int]] = defaultdict(list)
        for text, bearer in texts:
            if re.fullmatch(r"\d{1,9}", text):
                bearers[int(text)].append(bearer)
        wrong = [text for text, _bearer in texts if not re.fullmatch(r"\d{1,9}", text)]
        if wrong:
            observed = "、".join(wrong[:_SHOWN])
            yield fail(group, "都是数字", observed, "请把编号改为阿拉伯数字。")
        repeated = sorted(number for number, places in bearers.items() if len(places) > 1)
        if repeated:
            observed = f"重复：{_shared(repeated, bearers, in_rows=subject.survey.in_rows)}"
            yield fail(group, "不重号", observed, "请核对重复的编号，改正后重新提交。")
        explained = {
            int(code.rpartition("-")[2])
            for code in subject.survey.explained
            if code.rpartition("-")[0] == group
        }
        gaps = _gaps(sorted(bearers.keys() | explained))
        if gaps:
            yield fail(
                group, "连续不缺号", f"缺：{gaps}", "请补上缺少的件，或改正编号；确属空号的请在附注中说明。"
            )


def _readings(code: str) -> Iterator[dict[str, str | int]]:
    for key in code_templates():
        with suppress(Invalid):
            yield parse_code(key, code)


def _contradictions(parts: dict[str, str | int], metadata: Metadata) -> str:
    """How the parts of a code differ from the metadata, in words; empty when they agree."""
    told = []
    for part, (code, name) in _NAMED_PARTS.items():
        stated = metadata.get(code, "").strip()
        if part not in parts or not stated:
            continue
        coded = str(parts[part])
        if part == "retention":
            try:
                coded, stated = retention_term(coded).name, retention_term(stated).name
            except Invalid:
                continue
        if coded != stated:
            told.append(f"{name}在档号中为 {coded}，在目录中为 {stated}")
    return "；".join(told)


def _gaps(numbers: list[int]) -> str:
    """Missing numbers between the first and the last, as ``3、7–9``."""
    gaps = [
        str(before + 1) if after - before == 2 else f"{before + 1}–{after - 1}"
        for before, after in pairwise(numbers)
        if after - before > 1
    ]
    return listed(gaps, _SHOWN)


def _shared(numbers: Sequence[int], bearers: Mapping[int, Sequence[int]], *, in_rows: bool) -> str:
    """Repeated numbers, each with where it stands: ``4（目录第7、8行）``."""
    told = [_borne_at(number, bearers[number], in_rows=in_rows) for number in numbers]
    return listed(told, _SHOWN)


def _borne_at(number: int, places: Sequence[int], *, in_rows: bool) -> str:
    shown = "、".join(map(str, places[:_SHOWN]))
    return f"{number}（目录第{shown}行）" if in_rows else f"{number}（第{shown}件）"

"""GD-1-2 to 1-6 and 1-8, 2-3, 2-4, 3-1: metadata, both in the package and in the database."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator
from datetime import date, datetime
from functools import partial
from urllib.parse import urlsplit

from lantai.core.dates import parse_date
from lantai.core.errors import Invalid
from lantai.records.api import (
    metadata_elements,
    parse_classification,
    parse_disclosure,
    retention_term,
)

from ..mojibake import control_characters, looks_garbled, original_of, private_characters
from ..registry import Observation, Observations, check, fail, not_applicable, package_check, warn
from ..subjects import ItemSubject, PackageSubject

_DAY = re.compile(r"^\[?(?:1[0-9]|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\]?$")
_SERIAL_DAY = re.compile(r"^\d{5}(?:\.\d+)?$")
_SIZE = re.compile(r"^\d+(?:\.\d+)?\s*(?:B|KB|MB|GB|字节)?$", re.IGNORECASE)


@check("auth.meta.length")
def check_length(subject: ItemSubject) -> Observations:
    """GD-1-2: no value is longer than its element allows. Empty values are not judged here."""
    for element, value, source in subject.values:
        if element.max_length and len(value) > element.max_length:
            yield fail(
                subject.about(f"“{element.name}”", source),
                f"不超过 {element.max_length} 个字符",
                f"{len(value)} 个字符",
                f"请缩短“{element.name}”，或把多出的内容移到“附注”。",
            )


@check("auth.meta.type")
def check_type(subject: ItemSubject) -> Observations:
    """GD-1-3: dates, years, numbers and the like are written as such."""
    for element, value, source in subject.values:
        test = _TYPES.get(element.type)
        expected = test(value.strip()) if test else ""
        if expected:
            remedy = f"请把“{element.name}”改为{expected}。"
            if element.type == "date" and _SERIAL_DAY.match(value.strip()):
                remedy = "表格把日期存成了天数：请把该列设为“日期”或“文本”格式后重新填写。"
            yield fail(subject.about(f"“{element.name}”", source), expected, value.strip()[:100], remedy)


@check("auth.meta.domain")
def check_domain(subject: ItemSubject) -> Observations:
    """GD-1-4: values with a closed range lie within it. Old retention terms are kept as they are."""
    for element, value, source in subject.values:
        reader = _TERMS.get(element.code)
        problem = _term_problem(reader, value) if reader else ""
        if not reader and element.values and value.strip() not in element.values:
            problem = "、".join(element.values)
        if problem:
            remedy = f"请从值域中选填“{element.name}”。"
            yield fail(subject.about(f"“{element.name}”", source), problem, value.strip()[:100], remedy)
    disclosure = subject.item.extra.get("公开属性", "")
    problem = _term_problem(parse_disclosure, disclosure)
    if problem:
        yield fail(
            subject.about("“公开属性”"), problem, disclosure.strip()[:100], "请从值域中选填“公开属性”。"
        )


@check("auth.meta.reason")
def check_reason(subject: ItemSubject) -> Observations:
    """GD-1-5: values make sense by themselves and with each other."""
    for source, metadata in subject.copies:
        year = _year(metadata.get("M11", ""))
        day = _first_day(metadata.get("M33", ""))
        yield from _judge_years(subject, source, year, day)
        pages = metadata.get("M43", "").strip()
        if re.fullmatch(r"-?\d+", pages) and not 0 < int(pages) < 100_000:
            yield fail(subject.about("“页数”", source), "大于 0", pages, "请按实有页数填写“页数”。")


@check("auth.meta.char")
def check_characters(subject: ItemSubject) -> Observations:
    """GD-1-6: no control characters, no garbled text; private-use characters and edge spaces are told."""
    for element, value, source in subject.values:
        about = partial(subject.about, f"“{element.name}”", source)
        if controls := control_characters(value.strip("\r\n\t ")):
            yield fail(about(), "没有控制字符", "、".join(controls[:5]), "请删除这些看不见的字符。")
        if looks_garbled(value):
            original = original_of(value)
            shown = value.strip()[:60]
            observed = f"{shown}（疑为“{original[:60]}”）" if original else shown
            yield fail(about(), "没有乱码", observed, "请从原系统重新导出目录，存为 UTF-8 或 GB18030。")
        elif private := private_characters(value):
            yield warn(
                about(), "标准汉字", f"自造字 {'、'.join(private[:5])}", "已照原样保留；请对照原件确认用字。"
            )
        if value != value.strip():
            yield warn(about(), "首尾没有空格", "首尾有空格或换行", "收入时会去掉首尾空白，无须处理。")


@check("auth.meta.dup")
def check_duplicates(subject: ItemSubject) -> Observations:
    """GD-1-8: the combinations the plan names occur once, in the package and among what is held."""
    elements = metadata_elements()
    for codes, first in subject.survey.duplicates.get(subject.item.number, []):
        names = "、".join(elements[code].name for code in codes)
        yield fail(
            subject.item.label, f"{names}不重复", f"与第{first}件相同", "请核对是否重复，删除多余的一件。"
        )
    if subject.held_as:
        yield fail(
            subject.item.label,
            "不与已收档案重复",
            f"与已收的 {subject.held_as} 相同",
            "如确为同一件，请删除本件。",
        )


@check("int.meta.required")
def check_required(subject: ItemSubject) -> Observations:
    """GD-2-4: mandatory values are there; a secrecy period where a classification asks for it."""
    elements = metadata_elements()
    for source, metadata in subject.copies:
        for code in subject.plan.required:
            if not metadata.get(code, "").strip():
                name = elements[code].name
                yield fail(subject.about(f"“{name}”", source), "必须填写", "空白", f"请补填“{name}”。")


@package_check("int.meta.items")
def check_elements_present(subject: PackageSubject) -> Observations:
    """GD-2-3: the elements that are required exist as columns (found when the catalogue was read)."""
    if not subject.item_count:
        yield not_applicable("目录", "没有任何一件")


@package_check("use.meta.readable")
def check_readable(subject: PackageSubject) -> Observations:
    """GD-3-1: the catalogue could be parsed and decoded (what could not be is found when reading)."""
    if subject.package.kind == "unreadable":
        yield not_applicable("目录", "信息包无法打开")


def _judge_years(
    subject: ItemSubject, source: str, year: int | None, day: date | None
) -> Iterator[Observation]:
    today = date.today()  # noqa: DTZ011 - the calendar day where the archive stands
    plan = subject.plan
    if year is not None and not plan.earliest_year <= year <= today.year:
        expected = f"{plan.earliest_year} 至 {today.year} 年"
        yield fail(subject.about("“年度”", source), expected, str(year), "请核对“年度”。")
    if day is not None and day > today:
        yield fail(subject.about("“日期”", source), "不晚于今天", f"{day:%Y%m%d}", "请核对“日期”。")
    if year is not None and day is not None and not 0 <= year - day.year <= plan.year_tolerance:
        observed = f"年度 {year}，日期 {day:%Y%m%d}"
        expected = f"年度与日期同年，或晚不超过 {plan.year_tolerance} 年"
        yield fail(
            subject.about("“年度”与“日期”", source), expected, observed, "请核对“年度”和“日期”哪个有误。"
        )


def _year(text: str) -> int | None:
    match = re.fullmatch(r"(\d{4})\s*年?", text.strip())
    return int(match.group(1)) if match else None


def _first_day(text: str) -> date | None:
    try:
        return parse_date(text.strip()).start if text.strip() else None
    except Invalid:
        return None


def _term_problem(reader: Callable[[str], object], value: str) -> str:
    if not value.strip():
        return ""
    try:
        reader(value.strip())
    except Invalid as error:
        return error.remedy.removeprefix("请填写").rstrip("。") or "值域内的值"
    return ""


def _expect_date(text: str) -> str:
    if _DAY.match(text):
        return ""
    try:
        parse_date(text)
    except Invalid:
        return "8 位数字的日期，如 20240305"
    return "8 位数字的日期，如 20240305" if _SERIAL_DAY.match(text) else ""


def _expect_year(text: str) -> str:
    return "" if re.fullmatch(r"\d{4}", text) else "4 位数字的年度，如 2024"


def _expect_integer(text: str) -> str:
    return "" if re.fullmatch(r"-?\d+", text) else "整数"


def _expect_size(text: str) -> str:
    return "" if _SIZE.match(text) else "字节数或带单位的大小"


def _expect_datetime(text: str) -> str:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return "" if not _expect_date(text) else "日期时间，如 2024-03-05T09:30:00"
    return ""


def _expect_uri(text: str) -> str:
    return "" if urlsplit(text).scheme else "网址"


def _expect_base64(text: str) -> str:
    try:
        base64.b64decode("".join(text.split()), validate=True)
    except ValueError:  # binascii.Error, or letters that are not ASCII
        return "Base64 编码"
    return ""


_TYPES: dict[str, Callable[[str], str]] = {
    "date": _expect_date,
    "year": _expect_year,
    "integer": _expect_integer,
    "size": _expect_size,
    "datetime": _expect_datetime,
    "uri": _expect_uri,
    "base64": _expect_base64,
}
_TERMS: dict[str, Callable[[str], object]] = {"M12": retention_term, "M38": parse_classification}

"""Reference codes (档号): made and read by templates, in both conventions that are in use.

DA/T 22-2015 as agencies number today joins year, term and unit by hyphens
(``Z109-WS·2011-Y-BGS-0001``); the examples of DA/T 13-2022 join the whole class code by U+00B7
(``Z109-WS·2011·Y·办公室-0001``). A template is text with segments in braces; the figure is the
width of a number: ``{fonds}-{category}·{year}-{retention}-{item:4}``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from lantai.core.errors import Invalid
from lantai.core.language import gettext as _
from lantai.core.language import gettext_noop

from .tables import read_table, table_file, table_version
from .terms import categories, retention_term

Parts = dict[str, str | int]

SEGMENT_NAMES = {
    "fonds": gettext_noop("全宗号"),
    "category": gettext_noop("门类代码"),
    "class2": gettext_noop("二级类别号"),
    "class3": gettext_noop("三级类别号"),
    "class4": gettext_noop("四级类别号"),
    "catalogue": gettext_noop("目录号"),
    "project": gettext_noop("项目号"),
    "year": gettext_noop("年度"),
    "retention": gettext_noop("保管期限代码"),
    "unit": gettext_noop("机构（问题）代码"),
    "volume": gettext_noop("案卷号"),
    "group": gettext_noop("组号"),
    "item": gettext_noop("件号"),
    "page": gettext_noop("页号"),
}
NUMBERS = frozenset({"volume", "group", "item", "page"})
_HAN = "\u3005\u3007\u3400-\u9fff\U00020000-\U0003ffff"
_PATTERNS = {
    "fonds": (r"[A-Z]\d{3}|\d{1,4}", gettext_noop("一位大写字母加三位数字，或一至四位数字")),
    "category": (r"[A-Z]{2}", gettext_noop("两位大写字母")),
    "class2": (r"[A-Z0-9]{1,8}", gettext_noop("大写字母或数字")),
    "class3": (r"[A-Z0-9]{1,8}", gettext_noop("大写字母或数字")),
    "class4": (r"[A-Z0-9]{1,8}", gettext_noop("大写字母或数字")),
    "catalogue": (r"\d{1,4}", gettext_noop("一至四位数字")),
    "project": (r"[A-Z0-9]{1,20}", gettext_noop("大写字母或数字")),
    "year": (r"(?:1[89]|20)\d{2}", gettext_noop("四位年份")),
    "unit": (rf"[A-Z0-9{_HAN}]{{1,20}}", gettext_noop("大写字母、数字或汉字")),
}
_NORMAL = str.maketrans(
    dict.fromkeys(".．•・‧∙⋅･。", "·") | dict.fromkeys("‐‑‒–—―−－﹣", "-")
    | {chr(code): chr(code - 0xFEE0) for code in (*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B))}
)  # fmt: skip
_AS_STORED = re.compile(rf"[!-\-/-~·{_HAN}]*")
"""No point but U+00B7, no dash but the hyphen, no space, nothing of full width."""
_TEMPLATE_PART = re.compile(r"\{([a-z0-9]+)(?::(\d{1,2}))?\}|([^{}]+)")


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment of a template, and the separator before it (empty for the first)."""

    name: str
    width: int
    separator: str

    @property
    def label(self) -> str:
        """What the archivist calls it."""
        return _(SEGMENT_NAMES[self.name])


@dataclass(frozen=True, slots=True)
class CodeTemplate:
    """A named template of ``data/code_templates.toml``."""

    key: str
    name: str
    standard: str
    arrangement: str
    text: str
    examples: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()


def code_templates() -> Mapping[str, CodeTemplate]:
    """The named templates by key."""
    return _named_templates(*table_version("code_templates"))


def normalise_code(text: str) -> str:
    """The code as it is stored: points of every kind as U+00B7, dashes as hyphens, no spaces."""
    if _AS_STORED.fullmatch(text):
        return text
    return "".join(text.split()).translate(_NORMAL)


def format_code(
    template: str, parts: Mapping[str, object], *, number_width: int | None = None, through: str = ""
) -> str:
    """The code that a template makes of parts.

    Args:
        template: a key of ``data/code_templates.toml``, or a template's text.
        parts: values by segment; numbers may be given as numbers.
        number_width: width of the last number in place of the template's.
        through: stop after this segment: ``volume`` gives the code of the volume.

    Raises:
        Invalid: a segment is missing, does not fit, or is too long for its width.
    """
    code = ""
    for segment in _segments(template, number_width):
        code += segment.separator + _written(segment, parts.get(segment.name))
        if segment.name == through:
            break
    return code


def class_code(template: str, parts: Mapping[str, object], *, before: str = "") -> str:
    """The lowest class in which numbers run: the code before its last number (or ``before``)."""
    segments = template_segments(template)
    last = before or segments[-1].name
    code = ""
    for segment in segments:
        if segment.name == last:
            break
        code += segment.separator + _written(segment, parts.get(segment.name))
    return code


def parse_code(template: str, text: str, *, number_width: int | None = None) -> Parts:
    """The parts of a code, read by a template.

    Points and dashes of other kinds are understood. Numbers and the year come as numbers.

    Raises:
        Invalid: the code does not follow the template; the message names the segment.
    """
    rest = normalise_code(text)
    segments = _segments(template, number_width)
    parts: Parts = {}
    for index, segment in enumerate(segments):
        following = segments[index + 1].separator if index + 1 < len(segments) else ""
        value, rest = _take(segment, rest, following, text)
        parts[segment.name] = _read(segment, value, text)
    return parts


def recognise_code(text: str) -> tuple[CodeTemplate, Parts]:
    """The one named template that a code follows, and its parts.

    Raises:
        Invalid: no template fits, or several do and give the code different meanings.
    """
    fitting: list[tuple[CodeTemplate, Parts]] = []
    for template in code_templates().values():
        try:
            parts = parse_code(template.key, text)
        except Invalid:
            continue
        if not template.categories or parts.get("category") in template.categories:
            fitting.append((template, parts))
    if not fitting:
        raise Invalid(
            _("档号不符合任何模板。"), subject=text, remedy=_("请核对各段及其分隔符，或指定所用模板。")
        )
    if any(parts != fitting[0][1] for _template, parts in fitting[1:]):
        doubtful = sorted(
            {
                _(SEGMENT_NAMES[name])
                for _template, parts in fitting
                for name in parts
                if _differs(name, fitting)
            }
        )
        raise Invalid(
            _("档号有不止一种读法，无法确定：%(doubtful)s。") % {"doubtful": "、".join(doubtful)},
            subject=text,
            remedy=_("请指定模板：%(listed)s。")
            % {"listed": "、".join((template.key for template, _parts in fitting))},
        )
    return fitting[0]


def template_segments(template: str) -> tuple[Segment, ...]:
    """The segments of a template, given by key or as text.

    Raises:
        Invalid: the template is unknown or badly written.
    """
    return _segments(template, None)


def check_segment(name: str, value: str) -> None:
    """Refuses a value that may not stand in that segment of a code.

    Raises:
        Invalid: the message names the segment and how it is written.
    """
    _check(Segment(name, 0, ""), value, subject=value)


def _differs(name: str, fitting: list[tuple[CodeTemplate, Parts]]) -> bool:
    return len({parts.get(name) for _template, parts in fitting}) > 1


def _segments(template: str, number_width: int | None) -> tuple[Segment, ...]:
    text = template
    if "{" not in template:
        named = code_templates().get(template)
        if named is None:
            raise Invalid(
                _("没有名为“%(template)s”的档号模板。") % {"template": template},
                remedy=_("可用：%(code_templates)s。") % {"code_templates": "、".join(code_templates())},
            )
        text = named.text
    segments = _compile(text)
    if number_width is None or number_width == segments[-1].width:
        return segments
    last = segments[-1]
    return (*segments[:-1], Segment(last.name, number_width, last.separator))


@lru_cache(maxsize=256)
def _compile(text: str) -> tuple[Segment, ...]:
    segments: list[Segment] = []
    separator = ""
    position = 0
    for match in _TEMPLATE_PART.finditer(text):
        if match.start() != position:
            break
        position = match.end()
        name, width, literal = match.groups()
        if literal is not None:
            separator = literal
            continue
        if name not in SEGMENT_NAMES or any(segment.name == name for segment in segments):
            raise Invalid(_("档号模板中的段“%(name)s”不认识或重复。") % {"name": name}, subject=text)
        segments.append(Segment(name, int(width or 0), separator))
        separator = ""
    well_separated = all(segment.separator in {"-", "·"} for segment in segments[1:])
    if position != len(text) or not segments or segments[0].separator or separator or not well_separated:
        raise Invalid(_("档号模板写法有误：段与段之间须用“-”或“·”隔开。"), subject=text)
    if segments[-1].name not in NUMBERS or segments[-1].separator != "-":
        raise Invalid(_("档号模板须以“-”和案卷号、组号、件号或页号结尾。"), subject=text)
    return tuple(segments)


def _take(segment: Segment, rest: str, following: str, text: str) -> tuple[str, str]:
    """What stands before the next separator, which must be ``following``, and what comes after."""
    match = re.search(r"[-·]", rest)
    value, found = (rest[: match.start()], match[0]) if match else (rest, "")
    if not value:
        raise Invalid(_("档号缺少“%(label)s”一段。") % {"label": segment.label}, subject=text)
    if found != following:
        expected = _("应为“%(following)s”") % {"following": following} if following else _("不应再有内容")
        raise Invalid(
            _("档号“%(label)s”一段“%(value)s”之后%(expected)s。")
            % {"label": segment.label, "value": value, "expected": expected},
            subject=text,
        )
    return value, rest[len(value) + len(found) :]


def _read(segment: Segment, value: str, text: str) -> str | int:
    _check(segment, value, subject=text)
    return int(value) if segment.name in NUMBERS or segment.name == "year" else value


def _written(segment: Segment, value: object) -> str:
    if value is None or value == "":
        raise Invalid(
            _("编制档号时缺少“%(label)s”。") % {"label": segment.label},
            remedy=_("请先补充%(label)s。") % {"label": segment.label},
        )
    text = str(value)
    if segment.name in NUMBERS:
        if not text.isascii() or not text.isdigit() or int(text) < 1:
            raise Invalid(
                _("“%(label)s”应为正整数，不能是“%(text)s”。") % {"label": segment.label, "text": text}
            )
        text = str(int(text)).zfill(segment.width)
    _check(segment, text, subject=text)
    return text


def _check(segment: Segment, value: str, *, subject: str) -> None:
    if segment.name in NUMBERS:
        _check_number(segment, value, subject)
    elif segment.name == "retention":
        _check_retention(segment, value, subject)
    elif segment.name == "category" and value not in categories():
        raise Invalid(
            _("档号“%(label)s”一段“%(value)s”不在门类表中。") % {"label": segment.label, "value": value}, subject=subject,
            remedy=_("可用：%(categories)s。") % {"categories": "、".join(categories())},
        )  # fmt: skip
    elif not re.fullmatch(_PATTERNS[segment.name][0], value, re.ASCII):
        raise Invalid(
            _("档号“%(label)s”一段“%(value)s”写法有误，应为%(form)s。")
            % {"label": segment.label, "value": value, "form": _(_PATTERNS[segment.name][1])},
            subject=subject,
        )


def _check_number(segment: Segment, value: str, subject: str) -> None:
    if not value.isascii() or not value.isdigit() or int(value) < 1:
        raise Invalid(
            _("档号“%(label)s”一段“%(value)s”应为正整数。") % {"label": segment.label, "value": value},
            subject=subject,
        )
    if segment.width and len(value) != segment.width:
        raise Invalid(
            _("档号“%(label)s”一段“%(value)s”应为 %(width)s 位。")
            % {"label": segment.label, "value": value, "width": segment.width},
            subject=subject,
            remedy=_("编号已超出位数时，请在分类方案中加大件号位数。") if len(value) > segment.width else "",
        )


def _check_retention(segment: Segment, value: str, subject: str) -> None:
    try:
        good = retention_term(value).code == value
    except Invalid:
        good = False
    if not good:
        raise Invalid(
            _("档号“%(label)s”一段“%(value)s”写法有误，永久为 Y，定期为 D 加年数（如 D30）。")
            % {"label": segment.label, "value": value},
            subject=subject,
        )


@lru_cache(maxsize=4)
def _named_templates(*_version: object) -> Mapping[str, CodeTemplate]:
    templates: dict[str, CodeTemplate] = {}
    for row in read_table("code_templates")["template"]:
        values: dict[str, Any] = {
            key: tuple(value) if isinstance(value, list) else value for key, value in row.items()
        }
        template = CodeTemplate(**values)
        if template.key in templates:
            raise Invalid(
                _("档号模板 %(key)s 重复。") % {"key": template.key},
                subject=str(table_file("code_templates")),
            )
        _compile(template.text)
        templates[template.key] = template
    return templates

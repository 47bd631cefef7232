"""The schemes of a fonds as the rules need them: plain values, and a pattern of their codes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from lantai.core.errors import Invalid
from lantai.core.language import gettext as _
from lantai.records.api import Arrangement, Fonds, format_code, parse_code, scheme_parts, template_segments

_GROUPS = ("volume", "group")
_SAMPLE = {"project": "XM01", "retention": "Y", "unit": "BGS", "volume": 1, "group": 1, "item": 1, "page": 1}


@dataclass(frozen=True)
class SchemeFacts:
    """One scheme: whose codes it makes, and how they are told apart.

    Attributes:
        id_hex: its key.
        fixed: parts that the scheme itself decides, by segment.
        by_volume: whether its items lie in volumes.
    """

    id_hex: str
    category: str
    name: str
    year_from: int
    year_to: int
    template: str
    number_width: int
    fixed: dict[str, str]
    by_volume: bool
    is_volume: bool

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """What its codes look like; the group ``above`` is the code of the volume."""
        above, rest = self._forms()
        return re.compile(f"(?P<above>{above}){rest}" if above else rest)

    @cached_property
    def volume_pattern(self) -> re.Pattern[str] | None:
        """What the codes of its volumes look like; ``None`` without volumes."""
        above, _rest = self._forms()
        return re.compile(above) if above else None

    def _forms(self) -> tuple[str, str]:
        """The form of its codes up to the volume, and from there on."""
        segments = template_segments(self.template)
        above, text = "", ""
        for segment in segments:
            text += re.escape(segment.separator)
            if segment.name in self.fixed:
                text += f"(?P<{segment.name}>{re.escape(self.fixed[segment.name])})"
            else:
                width = self.number_width if segment is segments[-1] else segment.width
                text += f"(?P<{segment.name}>{_form(segment.name, width)})"
            if self.by_volume and segment.name in _GROUPS:
                above, text = text, ""
        return above, text

    def example(self, year: int | None) -> str:
        """A code as this scheme makes them."""
        parts = {**_SAMPLE, **self.fixed, "year": year or self.year_from}
        return format_code(self.template, parts, number_width=self.number_width)

    def complaint(self, code: str) -> str:
        """Why a code is none of this scheme's, in words."""
        try:
            parts = parse_code(self.template, code, number_width=self.number_width)
        except Invalid as error:
            return error.message
        for name, wanted in self.fixed.items():
            if str(parts.get(name, wanted)) != wanted:
                return _("档号中的“%(found)s”应为“%(wanted)s”。") % {"found": parts[name], "wanted": wanted}
        return _("档号不符合类别“%(name)s”的写法。") % {"name": self.name}

    def covers(self, year: int) -> bool:
        """Whether the scheme is for that year."""
        return self.year_from <= year <= self.year_to


def schemes_of(fonds: Fonds) -> list[SchemeFacts]:
    """The schemes of a fonds, the latest first.

    Raises:
        Invalid: it has none.
    """
    found = [
        SchemeFacts(
            id_hex=scheme.id.hex,
            category=scheme.category,
            name=scheme.name,
            year_from=scheme.year_from,
            year_to=scheme.year_to or 9999,
            template=scheme.code_template,
            number_width=scheme.number_width,
            fixed={name: str(value) for name, value in scheme_parts(scheme).items()},
            by_volume=_has_volumes(scheme.code_template) and scheme.arrangement != Arrangement.VOLUME,
            is_volume=scheme.arrangement == Arrangement.VOLUME,
        )
        for scheme in fonds.schemes.select_related("fonds").order_by("-year_from", "category")
    ]
    if not found:
        raise Invalid(
            _("这个全宗还没有分类方案。"), subject=str(fonds), remedy=_("请先在“全宗与方案”中建立分类方案。")
        )
    return found


def nearest(schemes: Iterable[SchemeFacts], category: str, year: int | None) -> SchemeFacts | None:
    """The scheme of a category and year, for telling what a code should look like."""
    fitting = [scheme for scheme in schemes if not category or scheme.category == category]
    dated = [scheme for scheme in fitting if year and scheme.covers(year)]
    return (dated or fitting or [None])[0]  # type: ignore[list-item]


def _has_volumes(template: str) -> bool:
    names = [segment.name for segment in template_segments(template)]
    return any(name in _GROUPS for name in names[:-1])


def _form(name: str, width: int) -> str:
    """A segment as the codes write it; what it may mean is looked at afterwards."""
    if name in {"volume", "group", "item", "page"}:
        return rf"[0-9]{{{width}}}" if width else "[0-9]+"
    if name == "year":
        return "(?:1[89]|20)[0-9]{2}"
    return "[^-·]{1,20}"

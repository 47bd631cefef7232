"""Controlled terms: categories, retention, classification, disclosure (门类、期限、密级、公开属性)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from lantai.core.errors import Forbidden, Invalid
from lantai.core.language import gettext as _

from .tables import read_table, table_version

_FIXED_TERM = re.compile(r"(?:D|定期)?\s*(\d{1,3})\s*年?")
_MARK = re.compile(r"(?P<level>[^★☆*]*?)\s*(?:[★☆*]\s*(?P<period>.*))?")


@dataclass(frozen=True, slots=True)
class RetentionTerm:
    """A retention term. ``years`` is ``None`` for permanent and for the old terms."""

    code: str
    name: str
    years: int | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class ClassificationLevel:
    """A level of classification; ``refused`` ones never enter this platform."""

    name: str
    rank: int
    refused: bool = False
    longest_years: int | None = None


def categories() -> Mapping[str, str]:
    """Names of the categories (门类) by code."""
    return {row["code"]: row["name"] for row in read_table("categories")["category"]}


def retention_terms() -> Mapping[str, RetentionTerm]:
    """The listed retention terms by code; other fixed terms (``D20``) are allowed as well."""
    return _retention_table(*table_version("retention"))[0]


def retention_term(text: str) -> RetentionTerm:
    """The term written as ``永久``, ``Y``, ``30年``, ``定期30年``, ``D30``, ``长期`` or ``短期``.

    Raises:
        Invalid: no such term; the message lists what may be written.
    """
    terms, names = _retention_table(*table_version("retention"))
    key = text.strip()
    if key in names:
        return terms[names[key]]
    if (match := _FIXED_TERM.fullmatch(key)) and int(match[1]) > 0:
        years = int(match[1])
        return terms.get(f"D{years}", RetentionTerm(f"D{years}", f"{years}年", years))
    raise Invalid(
        _("保管期限“%(text)s”无法识别。") % {"text": text},
        remedy=_("请填写%(listed)s，或“20年”一类的年数。")
        % {"listed": "、".join(term.name for term in terms.values())},
    )


@lru_cache(maxsize=4)
def _retention_table(*_version: object) -> tuple[dict[str, RetentionTerm], dict[str, str]]:
    terms: dict[str, RetentionTerm] = {}
    names: dict[str, str] = {}
    for row in read_table("retention")["term"]:
        term = RetentionTerm(row["code"], row["name"], row.get("years"), row.get("note", ""))
        terms[term.code] = term
        for name in (term.code, term.name, *row.get("aliases", [])):
            names[name] = term.code
    return terms, names


def classification_levels() -> Mapping[str, ClassificationLevel]:
    """The levels by name, lowest first."""
    return _levels(*table_version("classification"))


@lru_cache(maxsize=4)
def _levels(*_version: object) -> Mapping[str, ClassificationLevel]:
    rows = sorted(read_table("classification")["level"], key=lambda row: int(row["rank"]))
    return {
        row["name"]: ClassificationLevel(
            row["name"], row["rank"], row.get("refused", False), row.get("longest_years")
        )
        for row in rows
    }


def parse_classification(text: str) -> tuple[str, str]:
    """Level and secrecy period of a mark such as ``机密★10年``; an empty mark stays empty.

    Raises:
        Invalid: no such level.
    """
    match = _MARK.fullmatch("".join(text.split()))
    level, period = (match["level"], match["period"] or "") if match else (text, "")
    if not level:
        return "", period
    for row in read_table("classification")["level"]:
        if level in (row["name"], *row.get("aliases", [])):
            return row["name"], period
    raise Invalid(
        _("密级“%(text)s”无法识别。") % {"text": text},
        remedy=_("请填写%(classification_levels)s，如“秘密★10年”。")
        % {"classification_levels": "、".join(classification_levels())},
    )


def is_classified(level: str) -> bool:
    """Whether a level is 秘密 or above, so that this platform must refuse it."""
    found = classification_levels().get(level)
    return found is not None and found.refused


def refuse_classified(text: str, *, subject: str) -> tuple[str, str]:
    """Level and secrecy period of a mark, if it may enter.

    Raises:
        Forbidden: the mark is 秘密 or above.
        Invalid: no such level.
    """
    level, period = parse_classification(text)
    if is_classified(level):
        raise Forbidden(
            _("标有“%(text)s”的文件不得进入本平台。") % {"text": text},
            subject=subject,
            remedy=_("请立即停止上传，按保密规定在涉密环境中处理；如已误传，请报告保密工作机构。"),
        )
    return level, period


def disclosures() -> list[str]:
    """The disclosure attributes, as the standard writes them."""
    return [row["name"] for row in read_table("classification")["disclosure"]]


def parse_disclosure(text: str) -> str:
    """The disclosure attribute (公开属性) as the standard writes it; an empty one stays empty.

    Raises:
        Invalid: no such attribute.
    """
    value = text.strip()
    if not value:
        return ""
    rows = read_table("classification")["disclosure"]
    for row in rows:
        if value in (row["name"], *row.get("aliases", [])):
            return str(row["name"])
    raise Invalid(
        _("公开属性“%(text)s”无法识别。") % {"text": text},
        remedy=_("请填写%(disclosures)s。") % {"disclosures": "、".join(disclosures())},
    )

"""The rules of ``data/eark.toml`` applied to a METS document: what breaks them, rule by rule."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from lxml import etree

from lantai.core.findings import Finding, Outcome

from ..problems import structural
from ..rules import kind_data
from .document import NAMESPACES, SIP_PROFILE, STRUCTURES, Element, Mets, Named, written

_FUNCTIONS = "urn:lantai:eark"
_SHOWN = 5
_ATTRIBUTE = re.compile(r"@[\w:]+")
_DATE = re.compile(r"^-?\d{4,}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?$")
_MEDIA_TYPE = re.compile(r"^(\w+)/[\w!#$&^.+-]+(;.*)?$", re.ASCII)
_HEXADECIMAL = re.compile(r"^[0-9A-Fa-f]+$")
_URL = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]*://[^/\s]")
_REMEDY = "请用打包软件更正 METS.xml 后重新打包。"


@dataclass(frozen=True)
class Rule:
    """One rule of the data file, compiled.

    Attributes:
        code: its number in the standard.
        breaking: selects the elements that break it.
        expected: what it asks for.
        shows: the attribute whose value tells why, empty where there is none.
        outcome: what breaking it means.
    """

    code: str
    breaking: etree.XPath
    expected: str
    shows: str
    outcome: Outcome


def finding(
    mets: Named,
    code: str,
    outcome: Outcome,
    subject: str,
    expected: str,
    observed: str,
    remedy: str = _REMEDY,
) -> Finding:
    """A finding about a METS document.

    A representation need not have one at all (CSIPSTR12), so what is wrong with the form of its METS
    document is told and fails nothing.
    """
    data = kind_data("eark")
    clause = data["sip_standard"] if code.startswith("SIP") else data["standard"]
    softened = Outcome.WARN if outcome is Outcome.FAIL and not mets.is_root else outcome
    where = f"{mets.name} {subject}".rstrip()
    return structural(code, clause, where, expected, observed, remedy, softened)


def check(mets: Mets) -> Iterator[Finding]:
    """What breaks the rules of the data file: one finding a rule, with how often and where."""
    rules = [*csip_rules(), *(sip_rules() if mets.is_sip else [])]
    for rule in rules:
        broken: Any = rule.breaking(mets.root)
        if broken:
            yield finding(
                mets, rule.code, rule.outcome, _places(broken), rule.expected, _observed(rule, broken)
            )


def _places(broken: list[Element]) -> str:
    names = "、".join(written(node) for node in broken[:_SHOWN])
    return names if len(broken) <= _SHOWN else f"{names} 等 {len(broken)} 处"


def _observed(rule: Rule, broken: list[Element]) -> str:
    values = {_value(node, rule.shows) for node in broken[:_SHOWN]} if rule.shows else {"不符"}
    told = "、".join(sorted(values))
    return f"{told}，共 {len(broken)} 处" if len(broken) > 1 else told


def _value(node: Element, name: str) -> str:
    prefix, _, local = name.rpartition(":")
    value = node.get(f"{{{NAMESPACES[prefix]}}}{local}" if prefix else local)
    shown = f"“{value[:80]}”" if value else "为空"
    return f"{local} {shown}" if value is not None else f"没有 {local}"


@cache
def csip_rules() -> tuple[Rule, ...]:
    """The rules of CSIP on a METS document by itself."""
    data = kind_data("eark")
    references = [
        {"code": place["codes"][rule["name"].strip()], "at": place["at"], "level": "MUST", **rule}
        | place.get(rule["name"], {})
        for place in data["reference"]
        for rule in data["attribute"]
        if rule["name"].strip() in place["codes"]
    ]
    return tuple(map(_compile, [*data["rule"], *references]))


@cache
def sip_rules() -> tuple[Rule, ...]:
    """The rules SIP adds."""
    return tuple(map(_compile, kind_data("eark")["sip"]))


def _compile(rule: dict[str, str]) -> Rule:
    path = f"{rule['at']}[not({rule['test']})]" if rule["at"] != "." else f"self::*[not({rule['test']})]"
    shown = _ATTRIBUTE.search(rule["test"])
    own = Outcome.FAIL if rule["level"] == "MUST" else Outcome.WARN
    return Rule(
        rule["code"],
        etree.XPath(path, namespaces={**NAMESPACES, "f": _FUNCTIONS}, extensions=_extensions()),
        rule["expected"],
        shown.group()[1:] if shown and not rule["test"].startswith("count(") else "",
        Outcome(rule.get("outcome", own)),
    )


@cache
def _extensions() -> dict[tuple[str, str], Callable[..., Any]]:
    return {
        (_FUNCTIONS, "term"): lambda _, vocabulary, value: fold(_text(value)) in _terms(vocabulary),
        (_FUNCTIONS, "date"): lambda _, value: is_date(_text(value)),
        (_FUNCTIONS, "mime"): lambda _, value: _is_media_type(_text(value)),
        (_FUNCTIONS, "size"): lambda _, value: _text(value).isascii() and _text(value).isdigit(),
        (_FUNCTIONS, "digest"): lambda _, value, algorithm: _is_digest(_text(value), _text(algorithm)),
        (_FUNCTIONS, "url"): lambda _, value: bool(_URL.match(_text(value))),
        (_FUNCTIONS, "given"): lambda _, value: bool(_text(value)),
        (_FUNCTIONS, "fold"): lambda _, value: fold(_text(value)),
        (_FUNCTIONS, "csip"): lambda _, value: _text(value) in STRUCTURES,
        (_FUNCTIONS, "profile"): lambda _, value: _text(value) == SIP_PROFILE,
        (_FUNCTIONS, "folder"): lambda _, value: is_use(_text(value)),
    }


def _text(value: Any) -> str:
    """The value of an XPath argument: a string, or the first of the attributes selected."""
    if isinstance(value, list):
        value = value[0] if value else ""
    return str(value).strip()


def fold(text: str) -> str:
    """A vocabulary term for comparison: case and the kind of dash do not matter."""
    return text.replace("–", "-").replace("—", "-").casefold()


@cache
def _terms(vocabulary: str) -> frozenset[str]:
    return frozenset(map(fold, kind_data("eark")["vocabularies"][vocabulary]))


def is_date(text: str) -> bool:
    """Whether the text is an ``xsd:dateTime``."""
    if not _DATE.match(text):
        return False
    try:
        datetime.fromisoformat(text.removeprefix("-")[:19])
    except ValueError:
        return False
    return True


def is_use(text: str) -> bool:
    """Whether the text is a ``fileGrp/@USE``: one of three folders, or a folder below them."""
    return text.split("/")[0] in {"Documentation", "Schemas", "Representations", "Metadata"}


def _is_digest(text: str, algorithm: str) -> bool:
    digits = kind_data("eark")["digest_digits"].get(algorithm)
    return digits is None or (len(text) == digits and _HEXADECIMAL.match(text) is not None)


def _is_media_type(text: str) -> bool:
    match = _MEDIA_TYPE.match(text)
    known = kind_data("eark")["vocabularies"]["media_type"]
    return len(text) <= 256 and match is not None and match.group(1).lower() in known

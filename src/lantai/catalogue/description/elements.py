"""Elements of description (DA/T 18-2022 with ISAD(G) numbers), and what categories add to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from functools import lru_cache
from typing import Any, Literal

from lantai.core.errors import Invalid
from lantai.core.language import gettext as _

from ..tables import parse_table, table_version
from .models import Level

Obligation = Literal["mandatory", "if_any", "optional"]
OBLIGATIONS: tuple[Obligation, ...] = ("mandatory", "if_any", "optional")
STANDARD, CATEGORIES = "da_t_18", "templates"


@dataclass(frozen=True, slots=True)
class Element:
    """One element of description.

    Attributes:
        name: as the standard calls it.
        isad: number of its counterpart in ISAD(G).
        levels: obligation by level; a level not named does not have it.
        code: M-code under which a record's metadata keeps it.
        field: the column that holds it.
        type: ``text``, ``long``, ``names``, ``terms``, ``term``, ``date``, ``integer``, ``code``.
        doubtful: what of it was not confirmed against the printed standard.
    """

    name: str
    isad: str
    levels: Mapping[str, str] = dataclass_field(default_factory=lambda: {Level.ITEM.value: "optional"})
    code: str = ""
    field: str = ""
    type: str = "text"
    repeatable: bool = False
    doubtful: tuple[str, ...] = ()
    note: str = ""

    @property
    def key(self) -> str:
        """Under what its value stands where no column holds it."""
        return self.code or self.name


@dataclass(frozen=True, slots=True)
class Shipped:
    """A template as shipped: elements in their order, and what the category demands of them."""

    category: str
    level: str
    name: str
    standard: str
    elements: tuple[str, ...]
    need: frozenset[str]
    when: frozenset[str]


def elements() -> Mapping[str, Element]:
    """Every element by name, in the order of the standard, those of categories after them.

    Raises:
        Invalid: a table, as edited, names one twice or leaves something out.
    """
    return _elements(table_version(STANDARD), table_version(CATEGORIES))


@lru_cache(maxsize=4)
def _elements(*versions: tuple[str, int]) -> Mapping[str, Element]:
    found: dict[str, Element] = {}
    for version in versions:
        for row in parse_table(*version)["element"]:
            try:
                element = Element(**{key: _frozen(value) for key, value in row.items()})
            except TypeError as error:
                raise Invalid(
                    _("著录项“%(name)s”写得不完整：%(error)s。")
                    % {"name": row.get("name", "？"), "error": error},
                    subject=version[0],
                    remedy=_("请对照随附的数据表改正。"),
                ) from error
            if element.name in found or {*element.levels.values()} - set(OBLIGATIONS):
                raise Invalid(
                    _("著录项“%(name)s”重复，或必著性写错。") % {"name": element.name}, subject=version[0]
                )
            found[element.name] = element
    return found


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def shipped_templates() -> Mapping[tuple[str, str], Shipped]:
    """The templates of the data file by category and level; the category ``""`` serves all others.

    Raises:
        Invalid: a template names an element that is none.
    """
    return _templates(table_version(CATEGORIES), table_version(STANDARD))


@lru_cache(maxsize=4)
def _templates(version: tuple[str, int], _standard: tuple[str, int]) -> Mapping[tuple[str, str], Shipped]:
    known = elements()
    found: dict[tuple[str, str], Shipped] = {}
    for row in parse_table(*version)["template"]:
        names = (*row["elements"], *row.get("need", ()), *row.get("when", ()))
        if foreign := [name for name in names if name not in known]:
            raise Invalid(
                _("模板“%(name)s”里有不认识的著录项：%(names)s。")
                % {"name": row["name"], "names": "、".join(foreign)},
                subject=version[0],
            )
        found[row.get("category", ""), row["level"]] = Shipped(
            row.get("category", ""), row["level"], row["name"], row.get("standard", ""), tuple(row["elements"]),
            frozenset(row.get("need", ())), frozenset(row.get("when", ())),
        )  # fmt: skip
    return found


def shipped_template(category: str, level: str) -> Shipped:
    """The template of a category at a level, or the common one."""
    templates = shipped_templates()
    return templates.get((category, level)) or templates["", level]


def split_values(text: str) -> Sequence[str]:
    """The values of a repeatable element, as people separate them."""
    for mark in "；;\n":
        text = text.replace(mark, "、")
    return [part.strip() for part in text.split("、") if part.strip()]

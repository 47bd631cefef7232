"""Metadata elements M1-M88 (DA/T 46-2009), from ``data/da_t_46.toml``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from lantai.core.errors import Invalid
from lantai.core.language import gettext as _

from .tables import read_table, table_file, table_version


@dataclass(frozen=True, slots=True)
class Element:
    """One metadata element.

    Attributes:
        code: ``M22``.
        entity: which of the four entities it describes.
        parent: code of the container it stands in, or empty.
        values: closed range of values; empty means any.
        suggested: usual values, offered and not enforced.
        max_length: longest value in characters; 0 means no limit.
        field: the field of ``Record`` that holds it; empty means it stands in ``metadata``.
    """

    code: str
    name: str
    english: str
    entity: Literal["record", "agent", "business", "relation"]
    kind: Literal["simple", "container", "compound"]
    obligation: Literal["mandatory", "conditional", "optional"]
    repeatable: bool
    type: str = ""
    max_length: int = 0
    parent: str = ""
    values: tuple[str, ...] = ()
    suggested: tuple[str, ...] = ()
    default: str = ""
    field: str = ""
    note: str = ""

    @property
    def number(self) -> int:
        """The number in the standard: 22 for ``M22``."""
        return int(self.code[1:])


def metadata_elements(scheme: str = "da_t_46") -> Mapping[str, Element]:
    """All elements of a metadata scheme by code, in the standard's order.

    Raises:
        Invalid: the table, as edited, names an element twice or leaves something out.
    """
    return _elements(scheme, *table_version(scheme))


@lru_cache(maxsize=8)
def _elements(scheme: str, *_version: object) -> Mapping[str, Element]:
    elements: dict[str, Element] = {}
    for row in read_table(scheme)["element"]:
        element = _element(scheme, row)
        if element.code in elements:
            raise Invalid(
                _("元数据元素 %(code)s 重复。") % {"code": element.code}, subject=str(table_file(scheme))
            )
        elements[element.code] = element
    return elements


def _element(scheme: str, row: dict[str, Any]) -> Element:
    values: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in row.items()
    }
    try:
        return Element(**values)
    except TypeError as error:
        raise Invalid(
            _("元数据元素 %(row)s 的定义不完整或有不认识的项：%(error)s。")
            % {"row": row.get("code", "？"), "error": error},
            subject=str(table_file(scheme)),
            remedy=_("请对照随附的 da_t_46.toml 改正。"),
        ) from error

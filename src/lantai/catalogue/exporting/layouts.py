"""Layouts of tables: columns, order, encoding; ``data/layouts/*.toml``, and those of an archive's own."""

from __future__ import annotations

import codecs
import tomllib
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from lantai.core.errors import Invalid
from lantai.core.language import gettext as _
from lantai.core.settings import home

TREES = {"ead2002": "EAD 2002", "ead3": "EAD3"}
"""What is no table: written by :mod:`.ead`."""
KINDS = ("xlsx", "csv", "dbf", "xml")
WIDEST = 254
"""Bytes of a dBASE text column."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column: what heads it, which field fills it, and in dBASE how many bytes it has."""

    heading: str
    field: str
    width: int = 100


@dataclass(frozen=True, slots=True)
class Layout:
    """A table's shape."""

    key: str
    name: str
    kinds: tuple[str, ...]
    encoding: str
    columns: tuple[Column, ...]
    levels: tuple[str, ...] = ("volume", "item")
    root: str = "catalogue"
    row: str = "entry"


def layouts() -> dict[str, Layout]:
    """All layouts by key; one of the archive's own takes the place of ours of that name.

    Raises:
        Invalid: a file of the archive's own is not written as a layout.
    """
    found: dict[str, Layout] = {}
    shipped = files("lantai.catalogue").joinpath("data/layouts")
    for file in sorted(shipped.iterdir(), key=lambda item: item.name):
        if file.name.endswith(".toml"):
            found[file.name[:-5]] = _read(file.name[:-5], file.read_text("utf-8"))
    for path in sorted((home() / "layouts").glob("*.toml")):
        found[path.stem] = _read(path.stem, _own_text(path))
    return found


def choices() -> list[tuple[str, str]]:
    """Every format that can be asked for, as ``layout:kind``, with its name."""
    tables = [
        (f"{layout.key}:{kind}", f"{_(layout.name)}（{kind.upper()}）")
        for layout in layouts().values()
        for kind in layout.kinds
    ]
    return [*tables, *TREES.items()]


def layout_of(choice: str) -> tuple[Layout, str]:
    """The layout and kind of ``layout:kind``; a kind alone means every element.

    Raises:
        Invalid: there is none.
    """
    key, sign, kind = choice.partition(":")
    if not sign:
        key, kind = "full", key
    found = layouts().get(key)
    if found is None or kind not in found.kinds:
        raise Invalid(
            _("没有这种导出格式。"), subject=choice,
            remedy=_("可用：%(all)s。") % {"all": "、".join(name for name, _label in choices())},
        )  # fmt: skip
    return found, kind


def _own_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise Invalid(_("导出格式文件不是 UTF-8。"), subject=str(path)) from error


def _read(key: str, text: str) -> Layout:
    try:
        given: dict[str, Any] = tomllib.loads(text)
        codecs.lookup(given["encoding"])
        xml = given.get("xml", {})
        columns = tuple(
            Column(row["heading"], row["field"], int(row.get("width", 100))) for row in given["column"]
        )
        layout = Layout(
            key, given["name"], tuple(given["kinds"]), given["encoding"], columns,
            tuple(given.get("levels", ("volume", "item"))), xml.get("root", "catalogue"), xml.get("row", "entry"),
        )  # fmt: skip
    except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError, LookupError) as error:
        raise Invalid(
            _("导出格式“%(key)s”写得不对：%(error)s。") % {"key": key, "error": error},
            remedy=_("照 data/layouts 里的样子改正，或先移开这个文件。"),
        ) from error
    wide = [column.heading for column in columns if not 0 < column.width <= WIDEST]
    if set(layout.kinds) - set(KINDS) or not columns or wide:
        raise Invalid(_("导出格式“%(key)s”的种类、列或列宽不对。") % {"key": key}, subject="、".join(wide))
    return layout

"""Typesetting a form: an archive's own template or the shipped one, with its data, to PDF/A-2b.

Templates are typst files. One of the same name in ``LANTAI_HOME/templates`` wins; fonts in
``LANTAI_HOME/fonts`` are used beside the shipped ones, which is where rare characters come from.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import pylopdf_fonts_zh_cn
import typst

from lantai.core import settings
from lantai.core.errors import Invalid
from lantai.core.language import gettext as _

_DATA = Path(__file__).parents[1] / "data"
_SHIPPED = _DATA / "templates"
_MISSING = re.compile(r'the text `"(.+?)"` could not be displayed')
_PROBE = '#set text(font: ("Noto Serif SC", "Noto Sans SC"))\n#sys.inputs.text'
_known: dict[tuple[str, ...], set[str]] = {}


def typeset(name: str, data: Mapping[str, Any]) -> bytes:
    """The form ``name`` with ``data``, as PDF/A-2b.

    A character no font has is printed by its number (〔U+20BB7〕), so that nothing is left out
    unseen.

    Raises:
        Invalid: the archive's own template cannot be typeset; the message says where.
    """
    given = {"measures": measures(name), **data}
    fonts = _fonts(_font_folders())
    text = json.dumps(given, ensure_ascii=False)
    for character in missing_characters(text):
        text = text.replace(character, f"〔U+{ord(character):04X}〕")
    sources: dict[str, bytes] = {"main.typ": f'#include "{name}.typ"\n'.encode(), **_templates()}
    try:
        return bytes(
            typst.compile(  # type: ignore[call-overload]  # its stub knows no source of several files
                sources,
                font_paths=fonts,
                sys_inputs={"data": text},
                pdf_standards="a-2b",
            )
        )
    except typst.TypstError as error:
        raise Invalid(
            _("打印模板排不出来：%(error)s。") % {"error": error},
            subject=f"{name}.typ",
            remedy=_("请改正 LANTAI_HOME/templates 里的模板，或删除它以恢复随附的模板。"),
        ) from error


def measures(name: str) -> dict[str, Any]:
    """Millimetres and columns of a form, from ``data/prints.toml`` or the archive's own."""
    own = settings.home() / "data" / "prints.toml"
    path = own if own.exists() else _DATA / "prints.toml"
    found: dict[str, Any] = _parsed(str(path), path.stat().st_mtime_ns)[name]
    return found


def missing_characters(text: str) -> list[str]:
    """Characters of a text that no font at hand can draw."""
    folders = _font_folders()
    known = _known.setdefault(folders, set(map(chr, range(32, 127))))
    asked = {
        character for character in set(text) - known if character.isprintable() or ord(character) >= 0xE000
    }
    missing: list[str] = []
    while asked:
        found = _undrawn("".join(sorted(asked)), folders)
        if not found:
            break
        missing += found
        asked -= set(found)
    known |= asked
    return missing


def _undrawn(text: str, folders: tuple[str, ...]) -> list[str]:
    try:
        typst.compile(
            _PROBE.encode(), font_paths=_fonts(folders), sys_inputs={"text": text}, pdf_standards="a-2b"
        )
    except typst.TypstError as error:
        found = _MISSING.findall(str(error))
        return [character for part in found for character in part] or list(text)
    return []


def _templates() -> dict[str, bytes]:
    """Every template by file name; the archive's own win."""
    own = settings.home() / "templates"
    found = {path.name: path for path in sorted(_SHIPPED.glob("*.typ"))}
    if own.is_dir():
        found |= {path.name: path for path in sorted(own.glob("*.typ"))}
    return {name: path.read_bytes() for name, path in found.items()}


def _font_folders() -> tuple[str, ...]:
    own = settings.home() / "fonts"
    shipped = str(Path(pylopdf_fonts_zh_cn.sans_path()).parent)
    return (shipped, str(own)) if own.is_dir() else (shipped,)


@lru_cache(maxsize=4)
def _fonts(folders: tuple[str, ...]) -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False, font_paths=list(folders))


@lru_cache(maxsize=4)
def _parsed(path: str, _changed_ns: int) -> dict[str, Any]:
    return tomllib.loads(Path(path).read_text(encoding="utf-8"))

"""Converters: programs that make a file of a lasting format from one of a fading one.

Each runs as a process of its own with limits, whoever asks. What it makes is never trusted: the
caller inspects it (``judge``) before it is kept.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from lantai.core.errors import Invalid, NotFound
from lantai.core.language import gettext as _

from .adapters import image_converter, libreoffice
from .policy import families
from .pooled import examine_many, extract_text
from .results import Examination

TEXT_KEPT = 0.98
"""How much of the words must come back from what a text was converted to."""


@dataclass(frozen=True, slots=True)
class Converter:
    """One way from a format to another.

    Attributes:
        key: stable name of the target.
        title: what it makes, for people.
        sources: PRONOM identifiers it takes.
        makes: PRONOM identifiers of which the result must have one.
        ending: of the file it makes.
        tool: name and version of the program, empty where it is not installed.
        convert: writes the target, and returns what it found of the two itself.
        keeps_text: whether the words must be the same, rather than the picture.
        takes_pages: whether it also takes a folder of page images, and makes one file of them.
    """

    key: str
    title: str
    sources: frozenset[str]
    makes: frozenset[str]
    ending: str
    tool: Callable[[], str]
    convert: Callable[[Path, Path], dict[str, str]]
    keeps_text: bool = False
    takes_pages: bool = False


_TIFF = next(family.puids for family in families() if family.name == "TIFF 图像")
_WORD = next(family.puids for family in families() if family.name == "Word 文档")
_CONVERTERS = (
    Converter("pdfa", "PDF/A-2b", _WORD, frozenset({"fmt/477"}), ".pdf",
              libreoffice.tool, libreoffice.to_pdfa, keeps_text=True),
    Converter("jp2", "JPEG 2000（无损）", _TIFF, frozenset({"x-fmt/392"}), ".jp2",
              image_converter.tool, image_converter.to_jp2),
    Converter("pages", "PDF/A-2b（每页无损）", _TIFF, frozenset({"fmt/477"}), ".pdf",
              image_converter.pdfa_tool, image_converter.to_pdfa, takes_pages=True),
    Converter("tiff", "TIFF 6.0（LZW 无损）", _TIFF, frozenset({"fmt/353"}), ".tif",
              image_converter.tool, image_converter.to_tiff),
)  # fmt: skip


def converters() -> tuple[Converter, ...]:
    """All of them."""
    return _CONVERTERS


def converter_named(key: str) -> Converter:
    """The converter of that key.

    Raises:
        NotFound: there is none.
    """
    for converter in _CONVERTERS:
        if converter.key == key:
            return converter
    raise NotFound(
        _("没有这种转换。"), subject=key, remedy="、".join(converter.key for converter in _CONVERTERS)
    )


@dataclass(frozen=True, slots=True)
class Judged:
    """What inspection says of a converted file.

    Attributes:
        faults: why it may not be kept; empty when it may.
        told: what was held against what, for the report.
    """

    examination: Examination
    faults: tuple[str, ...]
    told: dict[str, str]


def convert(converter: Converter, source: Path, folder: Path) -> tuple[Path, Judged]:
    """Converts a file and inspects the result: format, opening, drawing, words or picture.

    Args:
        converter: one that takes the source's format.
        source: the file, or a folder of page images; it is not touched.
        folder: where the result is written.

    Raises:
        Invalid: the program could not do it.
        Unavailable: the program is not installed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    work = source
    if not source.is_dir():
        work = folder / f"source{source.suffix.lower()}"
        shutil.copyfile(source, work)
    target = folder / f"converted{converter.ending}"
    told = converter.convert(work, target)
    return target, judge(converter, work, target, told)


def judge(converter: Converter, source: Path, target: Path, told: dict[str, str]) -> Judged:
    """Inspects what a converter made, against what it was made from."""
    (found,) = examine_many([target])
    faults = []
    if found.identification.puid not in converter.makes:
        faults.append(_("结果不是 %(wanted)s，而是 %(found)s。")
                      % {"wanted": converter.title, "found": found.identification.name})  # fmt: skip
    if not found.characteristics.readable or (found.rendering.attempted and not found.rendering.ok):
        faults.append(_("结果打不开或画不出：%s") % "；".join(found.characteristics.problems))
    if converter.keeps_text:
        faults += _words_lost(source, target, told)
    elif told.get("pixels") != "identical":
        faults.append(_("转换后的画面与原件不同。"))
    if not converter.keeps_text and int(told.get("frames", 0)) != (found.characteristics.pages or 1):
        faults.append(_("转换后的页数与原件不同。"))
    return Judged(found, tuple(faults), told)


def _words_lost(source: Path, target: Path, told: dict[str, str]) -> list[str]:
    """Compares the words of both, without spaces."""
    try:
        before, after = (_words(path) for path in (source, target))
    except Invalid as error:
        return [str(error)]
    share = _counted(before, after) / len(before) if before else 1.0
    told["text_kept"] = f"{share:.4f}"
    return [] if share >= TEXT_KEPT else [_("转换后只找回 %s 的文字。") % f"{share:.1%}"]


def _words(path: Path) -> str:
    return "".join("".join(extract_text(path)).split())


def _counted(before: str, after: str) -> int:
    """How many characters come back, whatever their order: headers and tables move about."""
    return sum(min(before.count(letter), after.count(letter)) for letter in set(before))

"""Papers as typeset PDF, with embedded fonts and seals that say 样章."""

from __future__ import annotations

import json
import random
from functools import cache
from pathlib import Path
from typing import Any

import pylopdf_fonts_zh_cn
import typst

from .matters import Matter, person
from .region import DATA

OFFICES = {"BGS": "办公室", "JSK": "建设科", "RSK": "人事科"}


@cache
def _compiler(template: str) -> Any:
    fonts = typst.Fonts(
        include_system_fonts=False,
        include_embedded_fonts=False,
        font_paths=[str(Path(pylopdf_fonts_zh_cn.__file__).parent)],
    )
    return typst.Compiler(str(DATA / template), root=str(DATA), font_paths=fonts, ignore_system_fonts=True)


def _compile(template: str, data: dict[str, Any]) -> bytes:
    written = _compiler(template).compile(
        format="pdf",
        sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
        pdf_standards="a-2b",
        timestamp=0,
    )
    return bytes(written)


def official(matter: Matter) -> bytes:
    """The document itself, as PDF/A-2b."""
    return _compile(
        "official.typ",
        {
            "title": matter.title,
            "body": matter.body,
            "kind": matter.kind,
            "number": matter.number,
            "receiver": matter.receiver,
            "paragraphs": matter.paragraphs,
            "attachments": matter.attachments,
            "day": matter.day_in_words,
            "copies": matter.copies,
            "office": OFFICES[matter.unit],
            "head": matter.day.year >= 1980,
            "seal": True,
        },
    )


def processing_sheet(matter: Matter, chance: random.Random) -> bytes:
    """The sheet on which the document was drafted, checked and signed."""
    return _compile(
        "sheet.typ",
        {
            "title": matter.title,
            "body": matter.body,
            "number": matter.number,
            "day": matter.day_in_words,
            "drafter": person(chance),
            "checker": person(chance),
            "signer": person(chance),
            "office": OFFICES[matter.unit],
            "attachments": matter.attachments,
        },
    )


def attachment(matter: Matter, place: int, chance: random.Random) -> bytes:
    """An attachment, a table of invented figures; ``place`` counts from 1."""
    rows = [
        [
            str(i),
            f"{chance.choice(('白沙', '青塘', '石浦口', '东门', '北塘', '南岙'))}第{i}项",
            str(chance.randint(1, 90)),
            f"{chance.randint(10, 9000):,}",
            "",
        ]
        for i in range(1, chance.randint(6, 16))
    ]
    name = matter.attachments[place - 1]
    return _compile(
        "attachment.typ",
        {"name": name, "place": str(place) if len(matter.attachments) > 1 else "", "rows": rows},
    )

"""The channel of photographs: a group, and who stands where in each picture (DA/T 50, DA/T 54)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from lantai.packages.api import PLACES, Element, describing

from ..entry import Sender
from .described import Enclosure, catalogued

SAID = {
    "occasion": "事由",
    "date": "时间",
    "place": "地点",
    "persons": "人物",
    "background": "背景",
    "photographer": "摄影者",
}
"""What is said of a group, by field and element."""
_COMMAS = re.compile(r"[，,\t]")
_PLACE = re.compile(r"\s+".join([r"(\d{1,3}(?:\.\d{1,2})?)"] * 4))


def describe_photographs(
    values: Mapping[str, Any], photographs: Sequence[Mapping[str, Any]], sender: Sender
) -> tuple[Element, list[Enclosure]]:
    """A group of photographs.

    Args:
        values: what is said of the group.
        photographs: each with its ``file``, ``title``, ``taken``, ``photographer``, and ``persons`` as
            :func:`read_person` has them, one a line.
        sender: whose they are.
    """
    root = describing("照片组", "DA/T 54-2014", catalogued(values, sender))
    for name, element in SAID.items():
        root.add(element, values[name])
    enclosures = []
    for one in photographs:
        said = {
            "题名": one["title"] or values["title"],
            "时间": one["taken"] or values["date"],
            "摄影者": one["photographer"] or values["photographer"],
        }
        photo = root.add("照片", **said)
        for line in filter(str.strip, one["persons"].splitlines()):
            photo.add("人物", **read_person(line))
        enclosures.append(Enclosure(one["file"], photo))
    return root, enclosures


def read_person(line: str) -> dict[str, str]:
    """A person as ``陈墨，局长，10 20 15 40``: name, office, and where in the picture.

    The place is left, top, width and height in per cent of the picture; office and place may be left out.
    """
    parts = [part.strip() for part in _COMMAS.split(line)]
    place = _PLACE.fullmatch(parts[-1]) if len(parts) > 1 else None
    words = parts[:-1] if place else parts
    office = "，".join(words[1:])
    placed = dict(zip(PLACES, place.groups(), strict=True)) if place else {}
    return {"姓名": words[0], **({"职务": office} if office else {}), **placed}

"""Dividing a lowest class into boxes (装盒): in the order of numbers, as much as a box takes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from lantai.core.errors import Invalid
from lantai.core.language import gettext as _

from .typesetting import measures

BOX = "box"
"""Where a record's metadata keep the number of its box (盒号)."""


@dataclass(slots=True)
class Box:
    """One box: its number within the class, its first and last item number, and the pages in it.

    ``packed`` says that the number stands with its records already.
    """

    number: str
    first: int
    last: int
    pages: int
    packed: bool = False


def fill_boxes(items: Iterable[tuple[int, int, str]], thickness_mm: int) -> list[Box]:
    """The boxes of a class, given item numbers with their pages and the box each lies in already.

    A record is never divided; what lies in no box does not join a packed one.

    Raises:
        Invalid: there is no box of that thickness.
    """
    capacity = measures("spine")["capacity_pages"].get(str(thickness_mm))
    if capacity is None:
        raise Invalid(_("没有这种厚度的档案盒。"), subject=f"{thickness_mm} mm")
    boxes: list[Box] = []
    for number, pages, lies_in in items:
        last = boxes[-1] if boxes else None
        if last and (
            last.number == lies_in if lies_in else not last.packed and last.pages + pages <= capacity
        ):
            last.last, last.pages = number, last.pages + pages
        else:
            boxes.append(Box(lies_in or _next(boxes), number, number, pages, bool(lies_in)))
    return boxes


def _next(boxes: Iterable[Box]) -> str:
    return str(max((int(box.number) for box in boxes if box.number.isdecimal()), default=0) + 1)

"""Dividing a lowest class into boxes (装盒): in the order of numbers, as much as a box takes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from lantai.core.errors import Invalid
from lantai.core.language import gettext as _

from .typesetting import measures


@dataclass(slots=True)
class Box:
    """One box: its number within the class, its first and last item number, and the pages in it."""

    number: int
    first: int
    last: int
    pages: int


def fill_boxes(items: Iterable[tuple[int, int]], thickness_mm: int) -> list[Box]:
    """The boxes of a class, given item numbers with their pages; a record is never divided.

    Raises:
        Invalid: there is no box of that thickness.
    """
    capacity = measures("spine")["capacity_pages"].get(str(thickness_mm))
    if capacity is None:
        raise Invalid(_("没有这种厚度的档案盒。"), subject=f"{thickness_mm} mm")
    boxes: list[Box] = []
    for number, pages in items:
        if boxes and boxes[-1].pages + pages <= capacity:
            boxes[-1].last, boxes[-1].pages = number, boxes[-1].pages + pages
        else:
            boxes.append(Box(len(boxes) + 1, number, number, pages))
    return boxes

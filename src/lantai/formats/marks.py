"""Classification marks in the text of a first page (国家秘密标志, GB/T 9704 and GB/T 7156)."""

from __future__ import annotations

import re

from .results import OPENING

_MARK = re.compile(r"(绝\s?密|机\s?密|秘\s?密)\s?[★☆]\s?([0-9０-９一二三四五六七八九十]+\s?[年月日]|长期)?")
_HEAD_CHARACTERS = 2000


def find_marks(text: str) -> tuple[str, ...]:
    """Marks such as ``秘密★10年`` near the beginning of a document; the star tells them from words."""
    return tuple(re.sub(r"\s", "", match.group(0)) for match in _MARK.finditer(text[:_HEAD_CHARACTERS]))


def shortened(text: str) -> str:
    """The first words of a text without white space: what is compared with a description."""
    return "".join(text[: 4 * OPENING].split())[:OPENING]

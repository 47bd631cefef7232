"""What the invented bodies write: one matter, one set of papers."""

from __future__ import annotations

import random
import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from .region import DATA, Agency

_DIGITS = "〇一二三四五六七八九"
_OLD_TERMS = {"30年": "长期", "10年": "短期"}
"""Terms as they were called before 国家档案局令第8号 (2006)."""


@dataclass(frozen=True, slots=True)
class Matter:
    """A matter a body dealt with, ready to be typeset.

    Attributes:
        title: 题名, with the body's name.
        number: 发文字号; empty where the body used none.
        day: the day it was signed.
        paragraphs: the text, from the first line after the addressee.
        attachments: titles of what is attached.
        retention: 保管期限.
        unit: code of the department that drafted it.
        disclosure: 公开属性.
        sheet: whether a processing sheet (处理单) is kept with it.
    """

    agency: Agency
    body: str
    title: str
    kind: str
    number: str
    day: date
    receiver: str
    copies: str
    paragraphs: tuple[str, ...]
    attachments: tuple[str, ...]
    retention: str
    unit: str
    disclosure: str
    sheet: bool

    @property
    def day_in_words(self) -> str:
        """The day as Chinese documents sign it."""
        return f"{self.day.year}年{self.day.month}月{self.day.day}日"


@cache
def _words() -> dict[str, Any]:
    return tomllib.loads((DATA / "matters.toml").read_text(encoding="utf-8"))


def _templates(agency: Agency) -> list[dict[str, Any]]:
    return [
        matter for topic in _words()["topic"] if topic["name"] in agency.topics for matter in topic["matter"]
    ]


def person(chance: random.Random) -> str:
    """An invented name."""
    words = _words()
    return "".join(chance.choice(words[part]) for part in ("surnames", "given", "given"))


def compose(agency: Agency, year: int, serial: int, chance: random.Random) -> Matter:
    """One matter of an agency in a year; ``serial`` is its number among that year's."""
    words = _words()
    templates = _templates(agency)
    template = templates[serial % len(templates)]
    body = agency.name_in(year)
    slots = {
        "body": body,
        "place": words["places"][(serial * 5 + year) % len(words["places"])],
        "n": chance.randint(2, 28),
        "m": f"{chance.randint(12, 980) * 10:,}",
        "y": year,
        "person": person(chance),
    }
    title = template["title"].format(**slots)
    return Matter(
        agency=agency,
        body=body,
        title=title if title.startswith(body) else f"{body}{title}",
        kind=template["kind"],
        number=_number(agency, body, year, serial),
        day=date(year, 1 + (serial * 3 + chance.randrange(3)) % 12, chance.randint(1, 28)),
        receiver=chance.choice(words["receivers"]),
        copies=chance.choice(words["copies"]),
        paragraphs=tuple(line.format(**slots) for line in template["text"]),
        attachments=tuple(name.format(**slots) for name in template["attachments"]),
        retention=_OLD_TERMS.get(template["retention"], template["retention"])
        if year < 2006
        else template["retention"],
        unit=template["unit"],
        disclosure="主动公开" if template["kind"] in {"通知", "批复"} and serial % 3 == 0 else "依申请公开",
        sheet=serial % 4 == 0,
    )


def _number(agency: Agency, body: str, year: int, serial: int) -> str:
    if year < 1966:
        return f"（{str(year)[2:]}）{body[-3:]}字第{serial + 1}号"
    return f"{agency.short}〔{year}〕{serial + 1}号"


def chinese_year(year: int) -> str:
    """一九五六."""
    return "".join(_DIGITS[int(digit)] for digit in str(year))

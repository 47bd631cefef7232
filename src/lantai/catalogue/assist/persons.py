"""Names of persons in the lines of a page: by what stands beside them, and by what given names are made of."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

from .texts import Line

HAN = "\u4e00-\u9fff"
DOT = "·•‧∙・"
Met = tuple[Line, str, str]
"""A line, the name in it, and the rule that found it."""


def either(words: Sequence[str]) -> str:
    """A pattern of any of the words, the longest first."""
    return "|".join(map(re.escape, sorted(words, key=len, reverse=True)))


@dataclass(frozen=True)
class Names:
    """What names are made of and stand beside, from the data file.

    Attributes:
        table: the data file.
    """

    table: dict[str, Any]

    @cached_property
    def name(self) -> str:
        """A surname and whatever follows: for places where only a name can stand."""
        return rf"(?:{either(self.table['double_surnames'])}|[{self.table['surnames']}])[{HAN}]{{1,2}}"

    @cached_property
    def likely(self) -> str:
        """A surname and two characters given names are made of: believed with little beside it."""
        weak = self.table["weak_surnames"]
        surnames = "".join(letter for letter in self.table["surnames"] if letter not in weak)
        given = self.table["given"]
        return rf"(?:(?:{either(self.table['double_surnames'])})[{given}]{{1,2}}|[{surnames}][{given}]{{2}})"

    @cached_property
    def firm(self) -> str:
        """A name whose surname is seldom another word."""
        return rf"(?![{self.table['weak_surnames']}]){self.name}"

    @cached_property
    def foreign(self) -> str:
        """A name of parts with dots between, in the characters that write such names."""
        part = f"[{self.table['transliteration']}]{{1,8}}"
        return rf"{part}(?:[{DOT}]{part})+"

    @cached_property
    def labels(self) -> re.Pattern[str]:
        """A word behind which, after a colon, stands who it was."""
        spaced = "|".join(
            " ?".join(map(re.escape, label)) for label in sorted(self.table["labels"], key=len, reverse=True)
        )
        ends = either(self.table["label_ends"])
        return re.compile(
            rf"(?:^|[　 。；，,、（(])(?:{spaced}|[{HAN}]{{1,6}}(?:{ends})) ?(?:（[^）]{{1,8}}）)?[：:]\s*"
            r"(.+?)(?=$| [^ ]{2,8}[：:])"
        )

    @cached_property
    def leading(self) -> re.Pattern[str]:
        """A word at the beginning of a line behind which names stand, with a space between."""
        table = self.table
        known = either([*table["labels"], *table["positions"], *table["units"]])
        return re.compile(rf"[{HAN}]{{0,8}}(?:{known}|{either(table['label_ends'])})")

    @cached_property
    def spaced(self) -> re.Pattern[str]:
        """A name of two characters set apart to the width of three."""
        return re.compile(
            rf"(?<!(?<![{HAN}])[{HAN}] )(?<![{HAN}])([{self.table['surnames']}]) ([{HAN}])(?![{HAN}])"
        )

    @cached_property
    def named(self) -> tuple[tuple[re.Pattern[str], str], ...]:
        """Where persons are named in a sentence, each with the rule it goes by."""
        return (*_beside(self.name, self.firm, self._either), *_within(self.likely, self._either))

    def _either(self, key: str) -> str:
        return either(self.table[key])

    @cached_property
    def _not_names(self) -> tuple[str, ...]:
        return tuple(self.table["not_names"])

    @cached_property
    def _not_in_names(self) -> frozenset[str]:
        return frozenset(self.table["not_in_names"])

    def is_name(self, text: str) -> bool:
        """Whether a text is a name and nothing else."""
        if re.fullmatch(self.foreign, text):
            return True
        if not re.fullmatch(self.name, text):
            return False
        given = re.fullmatch(self.likely, text)
        word = text.startswith(self._not_names) or (not given and text[1:].startswith(self._not_names))
        return not word and not set(text[1:]) & self._not_in_names


def _beside(name: str, firm: str, any_of: Callable[[str], str]) -> tuple[tuple[re.Pattern[str], str], ...]:
    """What tells a name by both its sides."""
    names = rf"{name}?(?:、{name}?)*"
    before = rf"(?:^|(?<=[^{HAN}])|(?<=[和与由请对给向及]))"
    begin = rf"(?:^|(?<=[^{HAN}])|(?<=[由经派请以]))"
    position = rf"(?:{any_of('positions')}|{any_of('kin')})"
    stop = rf"(?=[^{HAN}]|$|{any_of('then')})"
    return (
        (re.compile(rf"{before}({names})(?=等?[一二三四五六七八九十两\d]*[位名]?(?:同志|先生|女士))"), "person-comrade"),
        (re.compile(rf"({name}?)(?=同志|先生|女士)"), "person-comrade"),
        (re.compile(rf"{begin}({names})(?={any_of('doing')})"), "person-doing"),
        (
            re.compile(rf"{begin}({names})(?=(?:分别)?(?:为|兼|当选)[{HAN}]{{0,12}}?(?:{any_of('positions')}))"),
            "person-appointed",
        ),
        (re.compile(rf"(?<=[据據])({name}?)(?=呈|称|稱|报|報|供|函)"), "person-doing"),
        (re.compile(rf"^({name})[：:](?=.{{4}})"), "person-speaking"),
        (re.compile(rf"(?:^|(?<=[^{HAN}]))({name}?)(?=[，,、（(](?:男|女)[，,、；;）)])"), "person-sex"),
        (re.compile(rf"(?<=[与和跟同])({name}?)(?=结婚|离婚|订婚|签订|签立|共同)"), "person-doing"),
        (
            re.compile(rf"(?:{any_of('appointing')})({names})(?={any_of('after_name')}|[，。；]|$)"),
            "person-appointed",
        ),
        (re.compile(rf"{before}({firm}?)(?=(?:{any_of('positions')}))"), "person-position"),
        (re.compile(rf"{position}({names}){stop}"), "person-position"),
        (re.compile(rf"(?:^|[。，；）)])({name}?)(?=\d{{1,2}}[月.．]\d{{1,2}}(?:日|$))"), "person-signed"),
        (re.compile(rf"[东南西北東]至({name}?)(?=[山田地屋墙界宅塘园牆園])"), "person-position"),
    )  # fmt: skip


def _within(likely: str, any_of: Callable[[str], str]) -> tuple[tuple[re.Pattern[str], str], ...]:
    """What tells a name by one side, given that it looks like one."""
    position = rf"(?:{any_of('positions')}|{any_of('kin')}|{any_of('label_ends')})"
    return (
        (re.compile(rf"^[{HAN}]{{1,10}}[：:]({likely})$"), "person-label"),
        (re.compile(rf"{position}({likely}(?:、{likely})*)"), "person-position"),
        (re.compile(rf"({likely})(?=[，,、（(](?:男|女)[，,、；;）)])"), "person-sex"),
        (re.compile(rf"({likely})(?:、{likely})+(?=[等二两三四五六七八九十]|$|[^{HAN}、])"), "person-list"),
        (re.compile(rf"(?:{likely})、({likely}(?:、{likely})*)"), "person-list"),
        (
            re.compile(rf"(?:^|(?<=[^{HAN}]))({likely})(?={any_of('then')}|{any_of('after_likely')})"),
            "person-doing",
        ),
    )


def find_persons(lines: Sequence[Line], names: Names) -> Iterator[Met]:
    """Persons named on a page, some more than once."""
    column: int | None = None
    for line in lines:
        text = names.spaced.sub(r"\1\2", line.text)
        for match in names.labels.finditer(text):
            yield from ((line, name, "person-label") for name in _listed(match[1], names))
        parts = [part for part in re.split(r"[ 　、，,|]+", text.strip("。 ")) if part]
        cells = text.split(" ")
        yield from ((line, name, "person-row") for name in _in_row(parts, names))
        column = _column(cells, names, column)
        if column is not None and len(cells) > column and names.is_name(cells[column]):
            yield line, cells[column], "person-row"
        for name in re.findall(names.foreign, line.bare):
            yield line, name, "person-dotted"
        for pattern, rule in names.named:
            for match in pattern.finditer(line.bare):
                for name in match[1].split("、"):
                    name = _without_link(name, line.bare[: match.start(1)])
                    if names.is_name(name):
                        yield line, name, rule


def _listed(text: str, names: Names) -> Iterator[str]:
    """Names in a list behind a label: 出席：林岚、王海（市水利局）."""
    plain = re.sub(r"[（(][^）)]*[）)]", "、", text)
    for part in re.split(r"[、，,；;。\s]+", plain):
        name = re.sub(r"(?:同志|先生|女士|等.*)$", "", part)
        if names.is_name(name):
            yield name


def _in_row(parts: Sequence[str], names: Names) -> Iterator[str]:
    """Names of a roll: a line of nothing else, one behind who they are, or one before 男 or 女."""
    found = [part for part in parts if names.is_name(part)]
    first = bool(parts) and parts[0] not in found
    headed = first and len(found) == len(parts) - 1 >= 1
    if (headed and (len(found) > 1 or names.leading.fullmatch(parts[0]))) or (
        len(parts) > 1 and len(found) == len(parts)
    ):
        yield from found
    else:
        yield from (part for part, after in pairwise(parts) if part in found and after in {"男", "女"})


def _column(cells: Sequence[str], names: Names, standing: int | None) -> int | None:
    """Where names stand in the table that a line belongs to; None where it belongs to none."""
    heads = [at for at, cell in enumerate(cells) if cell in names.table["name_columns"]]
    if heads and len(cells) > 1:
        return heads[0]
    return standing if len(cells) > 1 else None


def _without_link(name: str, before: str) -> str:
    """A name without the word before it that may be a surname (关于林岚, 王海和李明), or after it (林岚为)."""
    link = (name[0] == "于" and before[-1:] in tuple("关对由位")) or (
        name[0] in "和与" and before[-1:] > "\u4e00"
    )
    name = name[1:] if link else name
    return name[:-1] if len(name) == 3 and name[-1] in "为為兼任" else name

"""What the database holds against a package: equal records (GD-1-8), and the matters an office system closed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import islice
from uuid import UUID

from django.db.models import Q

from lantai.packages.api import PackageItem
from lantai.records.api import Record, State, normalise_code

from .completeness.models import ClosedMatter
from .completeness.numbers import fold_number

PIECE = 300


class KnownRecords:
    """Equal records by reference code, by number and title, by title, author and date.

    Read once for a whole package, a few hundred items a query.
    """

    def __init__(self, agency_id: UUID, items: Iterable[PackageItem]) -> None:
        self._known: dict[tuple[str, ...], str] = {}
        source = iter(items)
        while piece := list(islice(source, PIECE)):
            self._read(agency_id, piece)

    def held_as(self, item: PackageItem) -> str | None:
        """How the equal record is known, or ``None``."""
        return next((self._known[key] for key in _keys_of(item) if key in self._known), None)

    def _read(self, agency_id: UUID, items: list[PackageItem]) -> None:
        codes = {code for item in items if (code := normalise_code(item.metadata.get("M8", "")))}
        equal = Q(title__in={item.title for item in items}) | Q(reference_code__in=codes)
        rows = Record.objects.filter(equal, agency_id=agency_id).exclude(state=State.DESTROYED)
        for record in rows.values(
            "reference_code", "document_number", "title", "responsible", "date_text"
        ).iterator():
            name = record["reference_code"] or f"《{record['title']}》（未编号）"
            for key in _keys(**record):
                self._known[key] = name


class MatterCopies:
    """The second copy of the metadata (GD-3-2): what the office system registered of its closed matters.

    Read once for a whole package, by 文号.
    """

    def __init__(self, agency_id: UUID, items: Iterable[PackageItem]) -> None:
        self._titles: dict[str, str] = {}
        source = iter(items)
        while piece := list(islice(source, PIECE)):
            numbers = {_number(item) for item in piece} - {""}
            rows = ClosedMatter.objects.filter(agency_id=agency_id, folded__in=numbers)
            self._titles.update(rows.values_list("folded", "title"))

    def copy_of(self, item: PackageItem) -> Mapping[str, str] | None:
        """The item as the office system has it, or ``None`` where it registered no such matter.

        Elements that a register of matters does not keep stand as the package gives them.
        """
        title = self._titles.get(_number(item))
        return None if title is None else {**item.metadata, "M22": title}


def _number(item: PackageItem) -> str:
    return fold_number(item.metadata.get("M31", "").strip())


def _keys_of(item: PackageItem) -> list[tuple[str, ...]]:
    given = {code: item.metadata.get(code, "").strip() for code in ("M31", "M32", "M33")}
    return _keys(
        reference_code=normalise_code(item.metadata.get("M8", "")),
        document_number=given["M31"],
        title=item.title,
        responsible=given["M32"],
        date_text=given["M33"],
    )


def _keys(
    *, reference_code: str, document_number: str, title: str, responsible: str, date_text: str
) -> list[tuple[str, ...]]:
    """The combinations that may occur once; one whose values are not all given does not count."""
    candidates = [
        ("code", reference_code),
        ("number", document_number, title),
        ("title", title, responsible, date_text),
    ]
    return [key for key in candidates if all(key)]

"""Where an item belongs: fonds, scheme, year, retention, unit, and the number it brought along."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

from lantai.core.dates import parse_date
from lantai.core.errors import Invalid
from lantai.core.findings import Finding, Outcome
from lantai.institutions.api import Department
from lantai.packages.api import Declaration, PackageItem
from lantai.records import api as records
from lantai.records.api import Fonds, Scheme

from .arrangement import PROPOSED
from .models import Submission

CLAUSE = "DA/T 22-2015"


@dataclass(frozen=True, slots=True)
class Place:
    """The place of an item; fields as in a record's draft."""

    agency_id: UUID
    fonds_id: UUID
    scheme_id: UUID
    department_id: UUID | None
    year: int
    retention: str
    unit_code: str
    flags: tuple[str, ...] = ()


@dataclass(slots=True)
class Placer:
    """Places the items of one submission; what it needs to know is read once.

    Attributes:
        submission: whose items.
        declaration: what the package says of itself.
    """

    submission: Submission
    declaration: Declaration
    _fonds: list[Fonds] = field(default_factory=list)
    _schemes: dict[UUID, list[Scheme]] = field(default_factory=dict)
    _units: dict[str, str] = field(default_factory=dict)
    _departments: dict[str, UUID] = field(default_factory=dict)

    def __post_init__(self) -> None:
        agency = self.submission.agency
        self._fonds = list(Fonds.objects.filter(creator=agency).order_by("code"))
        for scheme in Scheme.objects.filter(fonds__creator=agency).select_related("fonds"):
            self._schemes.setdefault(scheme.fonds_id, []).append(scheme)
        for department in Department.objects.filter(organisation=agency):
            for name in (department.name, department.code):
                self._units[name] = department.code
                self._departments[name] = department.id

    def place(self, item: PackageItem) -> Place | Finding:
        """Where the item belongs, or why it cannot be placed."""
        fonds = self._fonds_of(item)
        if fonds is None:
            return self._no_fonds(item)
        year = self._year_of(item)
        category = item.extra.get("门类", "").strip() or self.declaration.category or "WS"
        scheme = self._scheme_of(fonds, _category_code(category), year)
        if year is None or scheme is None:
            return _no_scheme(item, category, year)
        unit = item.metadata.get("M13", "").strip()
        retention, flags = self._retention_of(item)
        department = self.submission.department
        return Place(
            agency_id=self.submission.agency_id,
            fonds_id=fonds.id,
            scheme_id=scheme.id,
            department_id=department.id if department else self._departments.get(unit),
            year=year,
            retention=retention,
            unit_code=self._units.get(unit, unit) or (department.code if department else ""),
            flags=flags,
        )

    def _fonds_of(self, item: PackageItem) -> Fonds | None:
        code = item.metadata.get("M9", "").strip() or self.declaration.fonds
        named = [fonds for fonds in self._fonds if not code or fonds.code == code]
        return named[0] if named else None

    def _year_of(self, item: PackageItem) -> int | None:
        given = item.metadata.get("M11", "").strip()
        if given.isascii() and given.isdigit():
            return int(given)
        if self.declaration.year:
            return self.declaration.year
        try:
            return parse_date(item.metadata.get("M33", "")).end.year
        except Invalid:
            return None

    def _scheme_of(self, fonds: Fonds, category: str, year: int | None) -> Scheme | None:
        fitting = [
            scheme
            for scheme in self._schemes.get(fonds.id, [])
            if scheme.category == category
            and year is not None
            and scheme.year_from <= year <= (scheme.year_to or 9999)
        ]
        return fitting[0] if fitting else None

    def _retention_of(self, item: PackageItem) -> tuple[str, tuple[str, ...]]:
        """As given; else as the agency's schedule proposes, flagged until somebody confirms."""
        given = item.metadata.get("M12", "").strip()
        if given:
            try:
                return records.retention_term(given).code, ()
            except Invalid:
                return "", ()
        proposal = records.propose_retention(item.title, self.submission.agency_id)
        return (proposal.term.code, (PROPOSED,)) if proposal else ("", ())

    def _no_fonds(self, item: PackageItem) -> Finding:
        own = "、".join(fonds.code for fonds in self._fonds) or "（未建立）"
        return Finding(
            key="capture.fonds",
            code="",
            clause=CLAUSE,
            subject=item.label,
            outcome=Outcome.FAIL,
            expected=f"本单位的全宗：{own}",
            observed=f"全宗号“{item.metadata.get('M9', '') or self.declaration.fonds}”不是本单位的",
            remedy="请核对全宗号；还没有全宗的，请档案员在“全宗与方案”中建立全宗。",
        )


def _category_code(text: str) -> str:
    """WS for 文书 and for WS."""
    by_name = {name: code for code, name in records.categories().items()}
    return by_name.get(text, text)


def _no_scheme(item: PackageItem, category: str, year: int | None) -> Finding:
    return Finding(
        key="capture.scheme",
        code="",
        clause=CLAUSE,
        subject=item.label,
        outcome=Outcome.FAIL,
        expected="门类和年度在本单位的分类方案之内",
        observed=f"门类“{category}”、年度“{year or item.metadata.get('M11', '')}”没有分类方案",
        remedy="请核对门类和年度；确实无误的，请档案员在“全宗与方案”中为该年度建立分类方案。",
    )

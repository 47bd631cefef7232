"""Reading records: who may see which, the tree, and what was done to one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Exists, F, IntegerField, OuterRef, QuerySet, Sum
from django.db.models.functions import Coalesce

from lantai.core.actors import Actor
from lantai.core.errors import NotFound
from lantai.core.language import gettext as _
from lantai.core.ports import Scope, require
from lantai.institutions.api import record_filter, record_filters
from lantai.ledger.api import Entry, entries_for

from .models import ClassCount, Document, Fonds, Record, Volume, WithdrawnNumber


def scope_of(record: Record) -> Scope:
    """What rights on a record depend on."""
    return Scope(
        organisation_id=record.agency_id,
        custodian_id=record.custodian_id,
        department_id=record.department_id,
        fonds_id=record.fonds_id,
        category=record.scheme.category if record.scheme else "",
        year=record.year,
        classification=record.classification,
        opening_mark=record.opening_mark,
    )


def readable(queryset: QuerySet[Record], actor: Actor, act: str = "record.entry") -> QuerySet[Record]:
    """The records of ``queryset`` on which the actor may do one of the four acts."""
    return queryset.filter(record_filter(actor, act))


def readable_by_right(
    queryset: QuerySet[Record], actor: Actor, act: str = "record.entry"
) -> list[QuerySet[Record]]:
    """The same records, one query a right, for ``ui.api.keyset_page`` to walk together.

    A database that is asked for the newest of all of them at once finds them all first, and sorts.
    """
    return [queryset.filter(query) for query in record_filters(actor, act)]


def record_for(record_id: UUID, actor: Actor, act: str = "record.entry") -> Record:
    """One record, if the actor may do the act on it.

    Raises:
        NotFound: there is none, or the actor may not know that there is.
        Forbidden: the actor may see the entry but not do the act.
    """
    records = Record.objects.select_related(
        "fonds", "scheme__fonds", "volume", "agency", "department", "custodian"
    )
    record = readable(records, actor).filter(id=record_id).first()
    if record is None:
        raise NotFound(_("没有这件档案，或者您不能查看它。"), remedy=_("如确需查阅，请联系本单位档案员。"))
    if act != "record.entry":
        require(actor, act, scope_of(record), subject=record.reference_code or record.title)
    return record


def document_for(record_id: UUID, document_id: UUID, actor: Actor, act: str = "record.original") -> Document:
    """One document of a record, if the actor may do the act on the record.

    Raises:
        NotFound: see :func:`record_for`.
        Forbidden: see :func:`record_for`.
    """
    record = record_for(record_id, actor, act)
    document = record.documents.filter(id=document_id).first()
    if document is None:
        raise NotFound(_("这件档案没有这份文稿。"), subject=record.reference_code or record.title)
    document.record = record
    return document


def search_records(
    actor: Actor, *, fonds_id: UUID | None = None, year: int | None = None, state: str = "", volume_id: UUID | None = None,
    scheme_id: UUID | None = None, reference_code: str = "", newest_first: bool = False,
) -> list[QuerySet[Record]]:  # fmt: skip
    """Records the actor may see, narrowed by what is given, for ``ui.api.keyset_page``.

    A code may be the beginning of one. For a list with the newest first there is one query a right.
    """
    given = {
        "fonds_id": fonds_id, "year": year, "state": state, "volume_id": volume_id, "scheme_id": scheme_id,
        "reference_code__startswith": reference_code,
    }  # fmt: skip
    narrowed = {name: value for name, value in given.items() if value not in (None, "")}
    records = Record.objects.select_related("fonds").filter(**narrowed)
    return readable_by_right(records, actor) if newest_first else [readable(records, actor)]


@dataclass(frozen=True, slots=True)
class TreeNode:
    """One node of the tree (全宗 → 门类 → 年度 → 案卷); ``query`` narrows the list to it."""

    label: str
    records: int
    query: str
    opens: str = ""


def tree_of_fonds(actor: Actor) -> list[TreeNode]:
    """The fonds in which the actor can see something, with their counts."""
    visible = readable(Record.objects.filter(fonds_id=OuterRef("id")), actor)
    fonds = Fonds.objects.filter(Exists(visible)).annotate(total=Sum("counts__records")).order_by("code")
    return [TreeNode(str(row), row.total or 0, f"fonds={row.id}", str(row.id)) for row in fonds]


def open_fonds(fonds_id: UUID) -> list[tuple[TreeNode, list[TreeNode]]]:
    """The classes of a fonds with their years, read from counts: as fast for a million records."""
    rows = (
        ClassCount.objects.filter(fonds_id=fonds_id, records__gt=0)
        .values("scheme_id", "scheme__name", "year")
        .annotate(total=Sum("records"))
        .order_by("scheme__category", "scheme__year_from", "year")
    )
    classes: dict[tuple[UUID | None, str], list[TreeNode]] = {}
    for row in rows:
        key = (row["scheme_id"], row["scheme__name"] or _("未整理"))
        narrowed = f"fonds={fonds_id}" + (f"&scheme={row['scheme_id']}" if row["scheme_id"] else "")
        year = TreeNode(str(row["year"] or _("年度未定")), row["total"], f"{narrowed}&year={row['year']}")
        classes.setdefault(key, []).append(year)
    return [
        (
            TreeNode(
                name,
                sum(year.records for year in years),
                f"fonds={fonds_id}" + (f"&scheme={scheme_id}" if scheme_id else ""),
            ),
            years,
        )
        for (scheme_id, name), years in classes.items()
    ]


def volumes_of(fonds_id: UUID, scheme_id: UUID, year: int) -> QuerySet[Volume]:
    """The volumes of a class and year that hold something, each with its ``record_count`` and ``place``.

    None where records stand alone. Counts are read, never taken: as fast for a hundred thousand volumes.
    """
    held = Volume.objects.filter(fonds_id=fonds_id, scheme_id=scheme_id, year=year, counts__records__gt=0)
    return held.annotate(
        record_count=F("counts__records"), place=Coalesce("number", 0, output_field=IntegerField())
    ).order_by("place", "id")


def gaps_of(class_code: str, archive_id: UUID) -> QuerySet[WithdrawnNumber]:
    """The withdrawn numbers of a class, for its reference note (备考表)."""
    return WithdrawnNumber.objects.filter(archive_id=archive_id, class_code=class_code).order_by("number")


_subject_sources: list[Callable[[UUID], Iterable[str]]] = []


def register_ledger_subjects(source: Callable[[UUID], Iterable[str]]) -> None:
    """Adds a callable that names the ledger subjects of batches a record took part in.

    Capture answers with its submissions, transfer with its hand-overs, and so on: the ledger
    holds one line a batch, and a record's history is its own lines with those of its batches.
    """
    _subject_sources.append(source)


def history_of(record: Record) -> Sequence[Entry]:
    """Everything that was done to a record, alone or in a batch, oldest first."""
    subjects = {f"record:{record.id}", record.created_in}
    for source in _subject_sources:
        subjects.update(source(record.id))
    entries = {entry.id: entry for subject in subjects if subject for entry in entries_for(subject)}
    return sorted(entries.values(), key=lambda entry: entry.id)

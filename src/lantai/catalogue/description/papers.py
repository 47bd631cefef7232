"""Papers of description (``core.ports.PaperPart``): units above the item, templates, vocabularies."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import models, transaction

from lantai.core.plainrows import plain_rows, restore_rows
from lantai.core.ports import subject_ids
from lantai.institutions.api import describe_organisations, restore_organisations

from .models import Level, Template, Term, UnitDescription, Vocabulary


class UnitPapers:
    """What is said of a fonds, a class or a volume beyond its own row."""

    key = "catalogue.units"
    order = 40
    kinds: Collection[str] = ("fonds", "scheme", "volume")

    def describe(self, subjects: Sequence[str]) -> Mapping[UUID, Mapping[str, Any]]:
        """The description of each unit that has one."""
        rows = UnitDescription.objects.filter(unit_id__in=subject_ids(subjects)).exclude(level=Level.DOCUMENT)
        return {UUID(row["unit_id"]): {"description": row} for row in plain_rows(rows)}

    def restore(self, parts: Mapping[UUID, Mapping[str, Any]]) -> None:
        """Makes them again; the newest comes first and stays."""
        restore_rows(UnitDescription, (part["description"] for part in parts.values()))


class TemplatePapers:
    """An archive's own templates."""

    key = "catalogue.template"
    order = 41
    kinds: Collection[str] = ("template",)

    def describe(self, subjects: Sequence[str]) -> Mapping[UUID, Mapping[str, Any]]:
        """Each with its archive."""
        return with_archives("template", Template.objects.filter(id__in=subject_ids(subjects)))

    def restore(self, parts: Mapping[UUID, Mapping[str, Any]]) -> None:
        """Makes them again."""
        with transaction.atomic():
            ids = archives_of(parts.values())
            restore_rows(Template, (part["template"] for part in parts.values()), ids)


class VocabularyPapers:
    """Vocabularies with their words."""

    key = "catalogue.vocabulary"
    order = 41
    kinds: Collection[str] = ("vocabulary",)

    def describe(self, subjects: Sequence[str]) -> Mapping[UUID, Mapping[str, Any]]:
        """Each with its archive and all its words."""
        papers = with_archives("vocabulary", Vocabulary.objects.filter(id__in=subject_ids(subjects)))
        return {
            key: {**paper, "terms": list(plain_rows(Term.objects.filter(vocabulary=key).order_by("id")))}
            for key, paper in papers.items()
        }

    def restore(self, parts: Mapping[UUID, Mapping[str, Any]]) -> None:
        """Makes them again. The newest paper comes first: an older one adds no word to it."""
        known = set(Vocabulary.objects.filter(id__in=list(parts)).values_list("id", flat=True))
        fresh = [part for key, part in parts.items() if key not in known]
        with transaction.atomic():
            ids = archives_of(fresh)
            restore_rows(Vocabulary, (part["vocabulary"] for part in fresh), ids)
            blank = {"preferred": None, "broader": None}
            restore_rows(Term, ({**row, **blank} for part in fresh for row in part["terms"]))
            for part in fresh:
                terms = Term.objects.in_bulk([UUID(row["id"]) for row in part["terms"]])
                for row in part["terms"]:
                    term = terms[UUID(row["id"])]
                    term.preferred_id, term.broader_id = _key(row["preferred"]), _key(row["broader"])
                Term.objects.bulk_update(terms.values(), ["preferred", "broader"], batch_size=500)


def _key(text: str | None) -> UUID | None:
    return UUID(text) if text else None


def with_archives(name: str, rows: models.QuerySet[Any]) -> dict[UUID, dict[str, Any]]:
    """Rows of archives as papers, each with the archive it belongs to."""
    told = list(plain_rows(rows))
    organisations = describe_organisations(row["archive"] for row in told)
    return {UUID(row["id"]): {"organisations": [organisations[row["archive"]]], name: row} for row in told}


def archives_of(parts: Iterable[Mapping[str, Any]]) -> dict[str, UUID]:
    """Makes the archives of papers stand; answers their keys."""
    return restore_organisations({row["id"]: row for part in parts for row in part["organisations"]}.values())

"""HTTP API of description: elements, templates, units, vocabularies."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Schema

from lantai.institutions.api import actor_of
from lantai.ui.api import keyset_page

from . import services, vocabularies
from .elements import elements
from .models import Vocabulary
from .templates import Asked, template_for
from .units import Unit, isad_of, unit_for
from .views import vocabulary_for

router = Router(tags=["catalogue"])


class ElementOut(Schema):
    """One element of description."""

    name: str
    key: str
    isad: str
    levels: dict[str, str]
    type: str
    repeatable: bool
    doubtful: list[str]
    note: str


class RowOut(Schema):
    """One element as a template asks for it."""

    name: str
    isad: str
    obligation: str
    vocabulary: str
    default: str


class TemplateOut(Schema):
    """A template in force."""

    level: str
    category: str
    name: str
    standard: str
    own: bool
    rows: list[RowOut]


class UnitOut(Schema):
    """A unit as it is described; ``values`` by name of the element, ``isad`` by number of ISAD(G)."""

    level: str
    id: UUID
    title: str
    changed_at: str
    """To the microsecond, to be given back as it is; empty where nothing was described yet."""
    values: dict[str, str]
    fixed: list[str]
    missing: list[str]
    isad: dict[str, list[list[str]]]


class DescriptionIn(Schema):
    """New values by name of the element; ``changed_at`` as it was read, so that nobody's work is lost."""

    values: dict[str, str]
    changed_at: datetime | Literal[""] | None = None


class TermOut(Schema):
    """One word of a vocabulary."""

    word: str
    code: str
    preferred: str | None
    broader: str | None
    note: str


class TermPage(Schema):
    """One page of words; ``next`` is given back as ``at`` for the following one."""

    items: list[TermOut]
    next: str | None


class VocabularyOut(Schema):
    """A vocabulary."""

    id: UUID
    key: str
    name: str
    source: str
    closed: bool


@router.get(
    "catalogue/elements", response=list[ElementOut], operation_id="catalogue.elements", summary="著录项"
)
def list_elements(request: HttpRequest, level: str = "") -> list[Any]:  # noqa: ARG001
    """The elements of DA/T 18-2022 and of categories, each with its ISAD(G) number; of one level if asked."""
    found = [each for each in elements().values() if not level or level in each.levels]
    return [{name: getattr(each, name) for name in ElementOut.model_fields} for each in found]


@router.get(
    "catalogue/templates/{level}", response=TemplateOut, operation_id="catalogue.template", summary="著录模板"
)
def get_template(request: HttpRequest, level: str, category: str = "") -> dict[str, Any]:
    """The template in force for a level and a category."""
    archive = vocabularies.archive_of(actor_of(request))
    return _template(template_for(archive.id if archive else None, category, level))


@router.get(
    "catalogue/descriptions/{level}/{unit_id}", response=UnitOut, operation_id="catalogue.description",
    summary="一个著录单元",
)  # fmt: skip
def get_description(request: HttpRequest, level: str, unit_id: UUID) -> dict[str, Any]:
    """A fonds, class, volume, item or document with all that is said of it."""
    return unit_as_json(unit_for(level, unit_id, actor_of(request)))


@router.put(
    "catalogue/descriptions/{level}/{unit_id}", response=UnitOut, operation_id="catalogue.describe",
    summary="著录",
)  # fmt: skip
def put_description(request: HttpRequest, level: str, unit_id: UUID, body: DescriptionIn) -> dict[str, Any]:
    """Sets values; elements not named stay as they are, an empty value takes one away."""
    actor = actor_of(request)
    unit = unit_for(level, unit_id, actor)
    seen = body.changed_at or unit.changed_at
    return unit_as_json(
        services.describe_unit(unit=unit, changes=body.values, expected_changed_at=seen, actor=actor)
    )


@router.get(
    "catalogue/vocabularies", response=list[VocabularyOut], operation_id="catalogue.vocabularies",
    summary="词表",
)  # fmt: skip
def list_vocabularies(request: HttpRequest) -> list[Vocabulary]:
    """The vocabularies of the caller's archive."""
    archive = vocabularies.archive_of(actor_of(request))
    return list(Vocabulary.objects.filter(archive=archive)) if archive else []


@router.get(
    "catalogue/vocabularies/{vocabulary_id}/terms", response=TermPage, operation_id="catalogue.terms",
    summary="词表的词",
)  # fmt: skip
def list_terms(request: HttpRequest, vocabulary_id: UUID, at: str = "") -> dict[str, Any]:  # noqa: ARG001
    """The words of a vocabulary in order, fifty a page."""
    terms = vocabulary_for(request, vocabulary_id).terms.select_related("preferred", "broader")
    page = keyset_page(terms, request, ("word", "id"))
    items = [
        {
            "word": term.word, "code": term.code, "note": term.note,
            "preferred": term.preferred.word if term.preferred else None,
            "broader": term.broader.word if term.broader else None,
        }
        for term in page.items
    ]  # fmt: skip
    return {"items": items, "next": page.next}


def unit_as_json(unit: Unit) -> dict[str, Any]:
    """A unit as the API and the command line tell it."""
    return {
        "level": unit.level, "id": unit.id, "title": unit.title,
        "changed_at": unit.changed_at.isoformat() if unit.changed_at else "",
        "values": dict(unit.values), "fixed": sorted(unit.fixed), "missing": unit.missing,
        "isad": {number: [list(pair) for pair in pairs] for number, pairs in isad_of(unit).items()},
    }  # fmt: skip


def _template(asked: Asked) -> dict[str, Any]:
    rows = [
        {"name": row.name, "isad": row.element.isad, "obligation": row.obligation, "vocabulary": row.vocabulary,
         "default": row.default}
        for row in asked.rows
    ]  # fmt: skip
    return {
        "level": asked.level, "category": asked.category, "name": asked.name, "standard": asked.standard,
        "own": asked.own, "rows": rows,
    }  # fmt: skip

"""HTTP API of search."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils.http import quote_etag
from ninja import Query, Router, Schema
from pydantic import Field

from lantai.core.canonical import sm3
from lantai.institutions.api import actor_of

from . import services
from .engine import FACETS

router = Router(tags=["search"])


class FoundRecord(Schema):
    """One record found."""

    record_id: str
    title: str
    reference_code: str
    responsible: str
    document_number: str
    date: str
    fonds: str
    opening_mark: str
    page_count: int
    page: int | None
    snippet: str | None


class FacetCount(Schema):
    """A value of a facet and how many records have it."""

    value: str
    label: str
    count: int


class Answer(Schema):
    """One page of an answer; ``next`` is given back as ``after`` for the following one.

    ``alike`` are found by the meaning of their titles, not by the words, and not in ``total``.
    """

    total: int
    took_ms: float
    next: str
    hits: list[FoundRecord]
    facets: dict[str, list[FacetCount]]
    did_you_mean: str
    in_part: bool
    alike: list[FoundRecord]


class Typing(Schema):
    """What is typed so far, and how many suggestions are wanted."""

    q: str
    size: int = Field(8, ge=1, le=20)


class Suggested(Schema):
    """Ways to go on from what is typed, the likeliest first."""

    suggestions: list[str]


class Asked(Schema):
    """What is asked; facet values narrow the answer, several of one facet widen it again."""

    q: str = ""
    sort: str = "relevance"
    after: str = ""
    size: int = Field(20, ge=1, le=100)
    fonds: list[str] = []
    category: list[str] = []
    year: list[str] = []
    opening_mark: list[str] = []
    facets: bool = True


@router.get("search", response=Answer, operation_id="search.search", summary="检索档案")
def search(request: HttpRequest, response: HttpResponse, asked: Query[Asked]) -> Answer:
    """Answers a query; only what the caller may see appears and counts."""
    found = services.search(
        asked.q,
        actor_of(request),
        filters={name: getattr(asked, name) for name in FACETS},
        sort=asked.sort,
        after=asked.after,
        size=asked.size,
        facets=FACETS if asked.facets else (),
        by_meaning=True,
    )
    answer = Answer(
        total=found.total,
        took_ms=found.took_ms,
        next=found.next,
        did_you_mean=found.did_you_mean,
        in_part=found.in_part,
        hits=[_found(hit) for hit in found.hits],
        alike=[_found(hit) for hit in found.alike],
        facets={
            name: [FacetCount(value=v.value, label=v.label, count=v.count) for v in values]
            for name, values in found.facets.items()
        },
    )
    told = answer.model_dump_json(exclude={"took_ms"})  # the time it took is not what was found
    response["ETag"] = quote_etag(sm3(told.encode()).hex())
    return answer


@router.get("search/suggest", response=Suggested, operation_id="search.suggest", summary="检索提示")
def suggest(request: HttpRequest, asked: Query[Typing]) -> Suggested:
    """Suggests from what the caller may see, and from nothing else."""
    return Suggested(suggestions=services.suggest(asked.q, actor_of(request), asked.size))


def _found(hit: services.Hit) -> FoundRecord:
    return FoundRecord(
        record_id=hit.record_id,
        title="".join(piece.text for piece in hit.title),
        reference_code=hit.reference_code,
        responsible=hit.responsible,
        document_number=hit.document_number,
        date=hit.date_text,
        fonds=hit.fonds,
        opening_mark=hit.opening_mark,
        page_count=hit.page_count,
        page=hit.snippet.page if hit.snippet else None,
        snippet="".join(piece.text for piece in hit.snippet.pieces) if hit.snippet else None,
    )

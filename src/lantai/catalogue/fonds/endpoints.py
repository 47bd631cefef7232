"""HTTP API of fonds files."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import File, Form, Router, Schema, Status
from ninja.files import UploadedFile

from lantai.institutions.api import actor_of
from lantai.ui.api import keyset_page

from . import filing, selectors
from .filing import Described
from .groups import paper_number
from .models import FondsPaper
from .scope import fonds_for, one_fonds

router = Router(tags=["catalogue"])


class FondsLine(Schema):
    """A fonds in a list."""

    id: UUID
    code: str
    name: str
    archive: str
    creator: str
    started: date | None
    ended: date | None

    @staticmethod
    def resolve_archive(fonds: Any) -> str:
        """Code of the archive."""
        return str(fonds.archive.code)

    @staticmethod
    def resolve_creator(fonds: Any) -> str:
        """Code of who made it."""
        return str(fonds.creator.code)


class FondsPage(Schema):
    """One page of a list; ``next`` is given back as ``at``."""

    items: list[FondsLine]
    next: str | None


class PaperOut(Schema):
    """One paper of a fonds file."""

    id: UUID
    number: str
    group: str
    title: str
    responsible: str
    made_on: date
    page_count: int
    kind: str
    source: str
    media_type: str
    size_bytes: int
    sha256: str
    withdrawn_for: str

    @staticmethod
    def resolve_number(paper: FondsPaper) -> str:
        """As it stands on the paper."""
        return paper_number(paper)


class PaperPage(Schema):
    """One page of a fonds file, in the order of the numbers."""

    items: list[PaperOut]
    next: str | None


class PaperIn(Schema):
    """What is said of a paper."""

    group: str
    title: str
    made_on: date
    responsible: str = ""
    note: str = ""


@router.get("fonds", response=FondsPage, operation_id="catalogue.list_fonds", summary="全宗列表")
def list_fonds(request: HttpRequest, at: str = "") -> dict[str, Any]:  # noqa: ARG001 - read by keyset_page
    """The fonds the caller has to do with, by code, fifty a page."""
    page = keyset_page(fonds_for(actor_of(request)), request, ("code", "id"))
    return {"items": page.items, "next": page.next}


@router.get(
    "fonds/{fonds_id}/file", response=PaperPage, operation_id="catalogue.fonds_file", summary="全宗卷"
)
def fonds_file(request: HttpRequest, fonds_id: UUID, at: str = "") -> dict[str, Any]:  # noqa: ARG001
    """The papers of a fonds file."""
    fonds = one_fonds(fonds_id, actor_of(request))
    page = keyset_page(selectors.papers_of(fonds), request, ("group", "number", "id"))
    return {"items": page.items, "next": page.next}


@router.post(
    "fonds/{fonds_id}/file",
    response={201: PaperOut},
    operation_id="catalogue.add_paper",
    summary="归入全宗卷",
)
def add_paper(
    request: HttpRequest, fonds_id: UUID, paper: Form[PaperIn], file: File[UploadedFile]
) -> Status[FondsPaper]:
    """Takes a paper in."""
    actor = actor_of(request)
    made = filing.add_paper(
        fonds=one_fonds(fonds_id, actor), group=paper.group, file=file, actor=actor,
        described=Described(paper.title, paper.made_on, paper.responsible, paper.note),
    )  # fmt: skip
    return Status(201, made)

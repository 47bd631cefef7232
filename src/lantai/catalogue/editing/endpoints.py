"""HTTP API of bulk editing."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Schema, Status

from lantai.core.errors import NotFound
from lantai.core.language import gettext as _
from lantai.institutions.api import actor_of

from ..description.models import Vocabulary
from ..description.vocabularies import archive_of
from . import services
from .models import BulkEdit

router = Router(tags=["catalogue"])


class EditIn(Schema):
    """Which records (``ids``, ``codes``, ``query``, or a filter), which element, what is done."""

    ids: list[UUID] = []
    codes: list[str] = []
    query: str = ""
    fonds: UUID | None = None
    year: int | None = None
    scheme: UUID | None = None
    code: str = ""
    rule: str = ""
    element: str
    operation: str
    find: str = ""
    value: str = ""
    vocabulary: str = ""
    title: str = ""


class SampleOut(Schema):
    """One record of a preview: what it says and would say, or why it cannot be changed."""

    record: str
    code: str
    title: str
    before: str = ""
    after: str = ""
    problem: str = ""


class EditOut(Schema):
    """An edit; ``counts`` of what was chosen, would change, stays the same, cannot be changed, was done."""

    id: UUID
    title: str
    state: str
    element: str
    operation: str
    counts: dict[str, int]
    samples: list[SampleOut]
    problems: list[SampleOut]


@router.post(
    "catalogue/edits", response={202: EditOut}, operation_id="catalogue.plan_edit", summary="预览成批修改"
)
def plan_edit(request: HttpRequest, body: EditIn) -> Status[Any]:
    """Plans an edit and has it previewed; ask for it until its state is ``previewed``."""
    actor = actor_of(request)
    chosen = body.dict(include={"ids", "query", "fonds", "year", "scheme", "code", "rule"})
    if body.codes:
        chosen["codes"] = "\n".join(body.codes)
    vocabulary = None
    if body.vocabulary:
        vocabulary = Vocabulary.objects.filter(archive=archive_of(actor), key=body.vocabulary).first()
        if vocabulary is None:
            raise NotFound(_("没有这个词表。"), subject=body.vocabulary)
    done = body.dict(include={"element", "operation", "find", "value", "title"})
    return Status(
        202, edit_as_json(services.plan_edit(chosen=chosen, actor=actor, vocabulary=vocabulary, **done))
    )


@router.get(
    "catalogue/edits/{edit_id}", response=EditOut, operation_id="catalogue.edit", summary="一次成批修改"
)
def get_edit(request: HttpRequest, edit_id: UUID) -> dict[str, Any]:
    """An edit as it stands."""
    return edit_as_json(services.edit_for(edit_id, actor_of(request)))


@router.post(
    "catalogue/edits/{edit_id}/apply", response={202: EditOut}, operation_id="catalogue.apply_edit",
    summary="执行成批修改",
)  # fmt: skip
def apply_edit(request: HttpRequest, edit_id: UUID) -> Status[Any]:
    """Does what was previewed."""
    actor = actor_of(request)
    edit = services.edit_for(edit_id, actor)
    services.apply_edit(edit=edit, actor=actor)
    return Status(202, edit_as_json(edit))


@router.post(
    "catalogue/edits/{edit_id}/undo", response={202: EditOut}, operation_id="catalogue.undo_edit",
    summary="撤销成批修改",
)  # fmt: skip
def undo_edit(request: HttpRequest, edit_id: UUID) -> Status[Any]:
    """Takes an edit back."""
    actor = actor_of(request)
    edit = services.edit_for(edit_id, actor)
    services.undo_edit(edit=edit, actor=actor)
    return Status(202, edit_as_json(edit))


def edit_as_json(edit: BulkEdit) -> dict[str, Any]:
    """An edit as the API and the command line tell it."""
    counts = {name: edit.counts.get(name, 0) for name in ("chosen", "unknown", "change", "same", "bad")}
    counts |= {f"done_{name}": count for name, count in edit.counts.get("done", {}).items()}
    counts |= {f"undone_{name}": count for name, count in edit.counts.get("undone", {}).items()}
    lines = ("id", "title", "state", "element", "operation", "samples", "problems")
    return {**{name: getattr(edit, name) for name in lines}, "counts": counts}

"""What is done with an edit: one function a use case."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from lantai.core.actors import Actor
from lantai.core.errors import Conflict, Invalid, NotFound
from lantai.core.jobs import Job, JobState, start
from lantai.core.language import gettext as _
from lantai.core.ports import Scope, require

from ..description.models import Vocabulary
from .choosing import chosen_ids, pack
from .models import BulkEdit
from .operations import ACT, editable
from .running import APPLY, PREVIEW, TAKE_BACK

State = BulkEdit.State
MOST_UNKNOWN = 20


def plan_edit(
    *, chosen: Mapping[str, Any], element: str, operation: str, actor: Actor, find: str = "", value: str = "",
    vocabulary: Vocabulary | None = None, title: str = "", enqueue: bool = True,
) -> BulkEdit:  # fmt: skip
    """Plans an edit and has it previewed; nothing is changed yet.

    Args:
        chosen: which records, see :func:`~.choosing.chosen_ids`.
        element: name of an element of :func:`~.operations.editable`.
        operation: one of ``BulkEdit.Operation``.
        actor: who edits.
        find: what is replaced.
        value: what is set, put in its place or appended; empty with ``set`` takes values away.
        vocabulary: whose preferred words take the place of others.
        title: what people call it.
        enqueue: whether a worker previews it; a caller that says no runs the job itself.

    Raises:
        Invalid: the element cannot be edited so, or nothing or too much is chosen.
    """
    require(actor, ACT, Scope(organisation_id=None))
    known = {each.name: each for each in editable()}
    if element not in known:
        raise Invalid(
            _("“%(name)s”不能成批修改。") % {"name": element},
            remedy=_("可以改：%(names)s。") % {"names": "、".join(known)},
        )
    if operation not in BulkEdit.Operation.values:
        raise Invalid(_("没有这种改法。"), subject=operation)
    _check_operation(operation, find, value, vocabulary, is_title=known[element].field == "title")
    ids, unknown = chosen_ids(chosen, actor)
    if not ids:
        raise Invalid(_("没有选中任何档案。"), remedy=_("请换一个条件；您看不到的档案不会选中。"))
    codes = [
        {"record": "", "code": code, "title": "", "problem": _("没有这个档号。")}
        for code in unknown[:MOST_UNKNOWN]
    ]
    edit = BulkEdit.objects.create(
        title=(title.strip() or f"{element}：{BulkEdit.Operation(operation).label}")[:200],
        chosen={key: str(given)[:2_000] for key, given in chosen.items() if given},
        record_ids=pack(ids), element=element, operation=operation, find=find, value=value, vocabulary=vocabulary,
        counts={"chosen": len(ids), "unknown": len(unknown), "codes": codes},
        created_by=actor.id, created_by_name=actor.name, organisation_id=actor.organisation_id,
    )  # fmt: skip
    _begin(edit, State.PREVIEWING, PREVIEW, actor, enqueue=enqueue)
    return edit


def _check_operation(
    operation: str, find: str, value: str, vocabulary: Vocabulary | None, *, is_title: bool
) -> None:
    if operation == BulkEdit.Operation.REPLACE and not find:
        raise Invalid(_("没有写要替换的文字。"))
    if operation == BulkEdit.Operation.APPEND and not value:
        raise Invalid(_("没有写要追加的文字。"))
    if operation == BulkEdit.Operation.MAP and vocabulary is None:
        raise Invalid(_("没有选词表。"))
    if operation == BulkEdit.Operation.SET and is_title:
        raise Invalid(_("题名不能全部填成一样的。"), remedy=_("请用“替换文字”或“追加”。"))


def apply_edit(*, edit: BulkEdit, actor: Actor, enqueue: bool = True) -> Job | None:
    """Does what was previewed, as one act.

    Raises:
        Conflict: it was not previewed, is done, or there is nothing to change.
    """
    require(actor, ACT, Scope(organisation_id=None), subject=edit.title)
    _require(edit, State.PREVIEWED, State.APPLYING)
    if not edit.counts["change"]:
        raise Conflict(_("没有要改的档案。"), subject=edit.title)
    return _begin(edit, State.APPLYING, APPLY, actor, enqueue=enqueue)


def undo_edit(*, edit: BulkEdit, actor: Actor, enqueue: bool = True) -> Job | None:
    """Takes an edit back, as one act; records whose value was changed since stay.

    Raises:
        Conflict: it is not done.
    """
    require(actor, TAKE_BACK, Scope(organisation_id=None), subject=edit.title)
    _require(edit, State.DONE, State.UNDOING)
    return _begin(edit, State.UNDOING, TAKE_BACK, actor, enqueue=enqueue)


def edits_for(actor: Actor) -> QuerySet[BulkEdit]:
    """The edits of the actor's organisation."""
    edits = BulkEdit.objects.select_related("vocabulary")
    return edits if "system" in actor.roles else edits.filter(organisation_id=actor.organisation_id)


def edit_for(edit_id: UUID, actor: Actor) -> BulkEdit:
    """One edit.

    Raises:
        NotFound: there is none, or it is another organisation's.
    """
    found = edits_for(actor).filter(id=edit_id).first()
    if found is None:
        raise NotFound(_("没有这次成批修改。"), remedy=_("请从“成批修改”一页进入。"))
    return found


def _begin(edit: BulkEdit, state: str, kind: str, actor: Actor, *, enqueue: bool) -> Job | None:
    with transaction.atomic():
        locked = BulkEdit.objects.select_for_update().get(id=edit.id)
        if locked.job_id and locked.state == state and _is_alive(locked.job_id):
            raise Conflict(_("这次修改正在进行。"), subject=edit.title, remedy=_("请在任务页查看进度。"))
        edit.state = state
        job = start(kind, actor, title=edit.title, edit_id=str(edit.id)) if enqueue else None
        edit.job_id = job.id if job else None
        edit.save(update_fields=["state", "job_id"])
    return job


def _is_alive(job_id: UUID) -> bool:
    return Job.objects.filter(id=job_id, state__in=[JobState.QUEUED, JobState.RUNNING]).exists()


def _require(edit: BulkEdit, *states: str) -> None:
    edit.refresh_from_db()
    if edit.state not in states:
        raise Conflict(
            _("这次修改“%(state)s”，不能这样做。") % {"state": State(edit.state).label}, subject=edit.title,
            remedy=_("刷新页面查看现状。"),
        )  # fmt: skip

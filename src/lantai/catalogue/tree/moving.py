"""Moving a branch (移动): one row and the counts above it change, whatever hangs below."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.db.models import F

from lantai.core.actors import Actor
from lantai.core.errors import Conflict, Invalid, NotFound
from lantai.core.identifiers import new_id
from lantai.core.language import gettext as _
from lantai.core.ports import require
from lantai.ledger.api import append
from lantai.records.api import Fonds, fonds_scope

from ..models import Branch

MOVE = "catalogue.move_branch"
DEEPEST = 16
"""Levels a tree may have; deeper ones nobody finds a way in."""
TITLE_LENGTH = 300


@transaction.atomic
def move_branch(*, branch_id: UUID, to_id: UUID, actor: Actor) -> Branch:
    """Hangs a branch below another of the same fonds.

    Reference codes stay: they tell of the class a record was numbered in, not of where it is shown.

    Raises:
        Conflict: it would come to lie below itself, or too deep.
        Forbidden: the actor does not arrange this fonds.
        Invalid: that branch cannot be moved, or nothing can hang there.
        NotFound: there is no such branch.
    """
    branch, to = _locked(branch_id), _locked(to_id)
    require(actor, MOVE, fonds_scope(branch.fonds), subject=branch.title)
    if branch.kind == Branch.Kind.FONDS:
        raise Invalid(_("全宗本身不能移动。"), subject=branch.title)
    if to.fonds_id != branch.fonds_id:
        raise Invalid(
            _("不能移到别的全宗里。"), subject=branch.title, remedy=_("机构变动请办理全宗的拆分或合并。")
        )
    if to.kind == Branch.Kind.VOLUME:
        raise Invalid(_("案卷下面不能再挂。"), subject=to.title, remedy=_("请选类别、年度或分组。"))
    ways = _way_up(to)
    if branch.id in ways:
        raise Conflict(
            _("不能移到自己下面，上下级会成环。"), subject=branch.title, remedy=_("请选这一支以外的位置。")
        )
    if len(ways) >= DEEPEST:
        raise Conflict(_("目录树不能超过 %(deepest)s 层。") % {"deepest": DEEPEST}, subject=to.title)
    before = branch.parent_id
    if before == to.id:
        return branch
    _add(_way_up(branch)[1:], -branch.records)
    Branch.objects.filter(id=branch.id).update(parent=to)
    _add(ways, branch.records)
    append(
        act=MOVE, actor=actor, subject=f"branch:{branch.id}", before={"parent": str(before)}, after={"parent": str(to.id)},
        count=max(1, branch.records),
    )  # fmt: skip
    branch.refresh_from_db()
    return branch


@transaction.atomic
def add_group(*, parent_id: UUID, title: str, actor: Actor) -> Branch:
    """Makes a group to hang branches in, such as a series that no scheme knows.

    Raises:
        Forbidden: the actor does not arrange this fonds.
        Invalid: it has no title, or nothing can hang there.
    """
    parent = _locked(parent_id)
    require(actor, MOVE, fonds_scope(parent.fonds), subject=parent.title)
    if not title.strip() or len(title) > TITLE_LENGTH:
        raise Invalid(_("请写明分组的名称，不超过 %(length)s 字。") % {"length": TITLE_LENGTH})
    if parent.kind == Branch.Kind.VOLUME or len(_way_up(parent)) >= DEEPEST:
        raise Invalid(_("这里不能再分组。"), subject=parent.title, remedy=_("请选类别、年度或较浅的分组。"))
    group_id = new_id()
    group = Branch.objects.create(
        id=group_id, fonds=parent.fonds, parent=parent, kind=Branch.Kind.GROUP, key=f"group:{group_id}",
        title=title.strip(), place=f"!{title.strip()}"[:160],
    )  # fmt: skip
    append(act=MOVE, actor=actor, subject=f"branch:{group.id}", after={"group": group.title})
    return group


def way_up(branch: Branch) -> list[Branch]:
    """The branches above one, from the fonds down; at most :data:`DEEPEST`."""
    found: list[Branch] = []
    at = branch
    while at.parent_id is not None and len(found) <= DEEPEST:
        at = Branch.objects.get(id=at.parent_id)
        found.append(at)
    return found[::-1]


def _way_up(branch: Branch) -> list[UUID]:
    """Keys from a branch to its fonds, its own first."""
    return [branch.id, *(above.id for above in reversed(way_up(branch)))]


def _add(ids: list[UUID], number: int) -> None:
    if number:
        Branch.objects.filter(id__in=ids).update(records=F("records") + number)


def _locked(branch_id: UUID) -> Branch:
    """A branch, its fonds' tree held still until the transaction ends."""
    branch = Branch.objects.filter(id=branch_id).first()
    if branch is None:
        raise NotFound(_("目录树里没有这一支。"), subject=str(branch_id))
    Fonds.objects.select_for_update().get(id=branch.fonds_id)
    return Branch.objects.select_related("fonds").get(id=branch_id)

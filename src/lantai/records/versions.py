"""A version on its way into force (草案 → 报批 → 批准): drafted by one body, approved by another.

Never the person who sent it approves it (实施条例 article 19, 8号令 article 12), and what is approved
stands still: a change is a new version.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy

from lantai.core.actors import Actor
from lantai.core.errors import Conflict, Forbidden, Invalid
from lantai.core.language import gettext as _
from lantai.core.ports import Scope, allows, require
from lantai.ledger.api import append

from .vocabulary import VersionState


class Version(models.Model):
    """What every such table has in common."""

    name = models.CharField(gettext_lazy("名称"), max_length=100)
    version = models.CharField(gettext_lazy("版本"), max_length=20)
    effective_from = models.DateField(gettext_lazy("生效日"))
    state = models.CharField(
        gettext_lazy("状态"), max_length=10, choices=VersionState, default=VersionState.DRAFT, editable=False
    )
    approval_number = models.CharField(gettext_lazy("审核文号"), max_length=60, blank=True)
    submitted_by = models.CharField(max_length=64, blank=True, editable=False)
    approved_by = models.CharField(max_length=64, blank=True, editable=False)
    approved_by_name = models.CharField(max_length=120, blank=True, editable=False)
    approved_at = models.DateTimeField(null=True, blank=True, editable=False)
    returned_for = models.CharField(gettext_lazy("退回理由"), max_length=300, blank=True, editable=False)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


V = TypeVar("V", bound=Version)


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval(Generic[V]):
    """The way of one kind of version: which acts lead it, and what they touch.

    Attributes:
        model: whose versions.
        kind: what the ledger calls one of them.
        draft: the right to draft and to send.
        approve: the right to decide; the act of approving.
        submit: the act of sending.
        give_back: the act of giving back.
        drafted_in: what drafting a version touches.
        decided_in: what deciding on it touches.
    """

    model: type[V]
    kind: str
    draft: str
    approve: str
    submit: str
    give_back: str
    drafted_in: Callable[[V], Scope]
    decided_in: Callable[[V], Scope]

    @transaction.atomic
    def send(self, version: V, actor: Actor) -> V:
        """Sends a draft to whoever decides on it.

        Raises:
            Conflict: it is no draft.
        """
        held = self._held(version, VersionState.DRAFT)
        require(actor, self.draft, self.drafted_in(held), subject=str(held))
        held.submitted_by, held.returned_for = actor.id, ""
        return self._moved(held, VersionState.SUBMITTED, self.submit, actor)

    @transaction.atomic
    def decide_for(self, version: V, approval_number: str, actor: Actor) -> V:
        """Approves what was sent; from its effective date on it is in force.

        Raises:
            Conflict: it was not sent.
            Forbidden: the actor may not decide on it, or is the one who sent it.
            Invalid: there is no approval number, or it is too long.
        """
        held = self._held_by(version, actor)
        held.approval_number = _told(held, "approval_number", approval_number)
        held.approved_by, held.approved_by_name, held.approved_at = actor.id, actor.name, timezone.now()
        return self._moved(held, VersionState.APPROVED, self.approve, actor)

    @transaction.atomic
    def decide_against(self, version: V, reason: str, actor: Actor) -> V:
        """Gives what was sent back, with the reason; it is a draft again.

        Raises:
            Conflict: it was not sent.
            Forbidden: see :meth:`decide_for`.
            Invalid: there is no reason, or it is too long.
        """
        held = self._held_by(version, actor)
        held.returned_for = _told(held, "returned_for", reason)
        return self._moved(held, VersionState.DRAFT, self.give_back, actor)

    def may_send(self, version: V, actor: Actor) -> bool:
        """Whether the actor may send it now."""
        return version.state == VersionState.DRAFT and allows(actor, self.draft, self.drafted_in(version))

    def may_decide(self, version: V, actor: Actor) -> bool:
        """Whether the actor may decide on it now."""
        waits = version.state == VersionState.SUBMITTED and actor.id != version.submitted_by
        return waits and allows(actor, self.approve, self.decided_in(version))

    def _held(self, version: V, state: VersionState) -> V:
        held = self.model._default_manager.select_for_update().get(pk=version.pk)
        if held.state != state:
            raise Conflict(
                _("这一版现在是“%(state)s”，不能这样办。") % {"state": VersionState(held.state).label},
                subject=str(held),
            )
        return held

    def _held_by(self, version: V, actor: Actor) -> V:
        held = self._held(version, VersionState.SUBMITTED)
        require(actor, self.approve, self.decided_in(held), subject=str(held))
        if actor.id == held.submitted_by:
            raise Forbidden(
                _("报批人不能批准自己报的这一版。"), subject=str(held), remedy=_("请另一人批准。")
            )
        return held

    def _moved(self, held: V, state: VersionState, act: str, actor: Actor) -> V:
        before, held.state = held.state, state
        held.save()
        append(
            act=act, actor=actor, subject=f"{self.kind}:{held.pk}", before={"state": before},
            after={"state": str(state), "approval_number": held.approval_number, "reason": held.returned_for},
        )  # fmt: skip
        return held


def _told(version: Version, name: str, text: str) -> str:
    """The text of a field that must be filled in."""
    field = version._meta.get_field(name)
    text, most = text.strip(), getattr(field, "max_length", 0)
    told = {"name": getattr(field, "verbose_name", name), "most": most}
    if not text:
        raise Invalid(_("须写%(name)s。") % told, subject=str(version))
    if len(text) > most:
        raise Invalid(_("%(name)s超过 %(most)s 字，请缩短。") % told, subject=str(version))
    return text

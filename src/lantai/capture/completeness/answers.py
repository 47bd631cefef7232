"""An agency explains what did not come; its archive accepts the explanation or does not."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from lantai.core.actors import Actor
from lantai.core.errors import Conflict, Invalid
from lantai.core.language import gettext as _
from lantai.core.ports import Scope, require
from lantai.ledger.api import append

from .models import Expectation
from .tallies import sum_up

State = Expectation.State
Decision = Expectation.Decision


@transaction.atomic
def explain(*, expectation: Expectation, text: str, actor: Actor) -> Expectation:
    """Says why something did not and will not come (未形成, 作废, 涉密另行归档, 延期).

    Raises:
        Conflict: it has come, or the archive has accepted an explanation.
        Invalid: nothing is said.
    """
    scope = Scope(organisation_id=expectation.agency_id, department_id=expectation.department_id)
    require(actor, "capture.explain_missing", scope, subject=expectation.title)
    found = _locked(expectation)
    if found.state == State.MET or found.decision == Decision.ACCEPTED:
        raise Conflict(_("这一项已经了结，不需要说明。"), subject=found.title)
    if not text.strip():
        raise Invalid(_("请写明原因。"), subject=found.title, remedy=_("例如：此号作废；涉密，另行归档。"))
    found.explanation = text.strip()[:500]
    found.explained_by, found.explained_by_name = actor.id, actor.name
    found.explained_at = timezone.now()
    found.decision, found.decided_by, found.decided_by_name = Decision.NONE, "", ""
    found.decided_at, found.decision_note = None, ""
    return _store(found, "capture.explain_missing", actor, {"explanation": found.explanation})


@transaction.atomic
def decide(*, expectation: Expectation, accepted: bool, note: str, actor: Actor) -> Expectation:
    """The archive accepts an explanation, or does not and says why.

    Raises:
        Conflict: nothing waits for a decision.
        Invalid: a refusal without a reason.
    """
    scope = Scope(organisation_id=expectation.agency_id)
    require(actor, "capture.decide_explanation", scope, subject=expectation.title)
    found = _locked(expectation)
    if found.state != State.EXPLAINED or found.decision:
        raise Conflict(_("这一项没有等待审核的说明。"), subject=found.title)
    if not accepted and not note.strip():
        raise Invalid(_("不认可要写明理由。"), subject=found.title)
    found.decision = Decision.ACCEPTED if accepted else Decision.REFUSED
    found.decided_by, found.decided_by_name = actor.id, actor.name
    found.decided_at, found.decision_note = timezone.now(), note.strip()[:300]
    after = {"decision": str(found.decision), "note": found.decision_note}
    return _store(found, "capture.decide_explanation", actor, after)


def _locked(expectation: Expectation) -> Expectation:
    return Expectation.objects.select_for_update().get(id=expectation.id)


def _store(found: Expectation, act: str, actor: Actor, after: dict[str, str]) -> Expectation:
    found.settle(timezone.localdate())
    found.save()
    append(
        act=act,
        actor=actor,
        subject=f"organisation:{found.agency_id}",
        after={"key": found.key, "state": str(found.state), **after},
    )
    sum_up(found.agency_id)
    return found

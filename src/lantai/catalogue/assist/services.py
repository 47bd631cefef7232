"""Proposing descriptions and deciding on them: one function a use case. Nothing changes before a person says so."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from lantai.core.actors import Actor
from lantai.core.errors import Conflict, Invalid
from lantai.core.events import publish
from lantai.core.language import gettext as _
from lantai.core.ports import require
from lantai.ledger.api import append
from lantai.records.api import Record, RecordsChanged, record_for, scope_of, update_description

from ..description.elements import elements, split_values
from ..description.models import Term
from ..description.units import item_value
from .finding import Found, find
from .models import Proposal
from .texts import page_of, pages_of

ACT = "catalogue.decide_proposal"
State = Proposal.State
PLACES_KEY = "places"
"""Key of the vocabulary whose words are places."""
MOST_PLACES = 20_000


def find_in_text(pages: Sequence[str], known_places: Iterable[str] = ()) -> list[Found]:
    """What the rules find in a text, a string a page."""
    return find([page_of(text, number) for number, text in enumerate(pages, 1)], known_places)


def propose(*, record_id: UUID, actor: Actor) -> list[Proposal]:
    """Reads the text of a record and proposes what it does not say yet; open proposals are made anew.

    What a person refused for this record is not proposed again.

    Raises:
        NotFound: there is no such record for the actor.
        Forbidden: the actor may not read its documents.
    """
    record = record_for(record_id, actor, "record.original")
    places = Term.objects.filter(vocabulary__archive_id=record.archive_id, vocabulary__key=PLACES_KEY)
    known = list(places.values_list("word", flat=True)[:MOST_PLACES])
    found = find(pages_of(list(record.documents.order_by("sequence"))), known)
    with transaction.atomic():
        record.proposals.filter(state=State.OPEN).delete()
        refused = set(record.proposals.filter(state=State.REFUSED).values_list("element", "value"))
        made = [
            _proposal(record, each)
            for each in found
            if (each.element, each.value) not in refused and not _says(record, each)
        ]
        Proposal.objects.bulk_create(made)
    return made


def _says(record: Record, found: Found) -> bool:
    """Whether the record says it already."""
    element = elements()[found.element]
    value = item_value(record, element.field, element.key)
    return found.value == value or (element.repeatable and found.value in split_values(value))


def _proposal(record: Record, found: Found) -> Proposal:
    evidence: dict[str, Any] = {
        "document": found.document_id, "name": found.document, "page": found.page, "sentence": found.sentence,
        "start": found.start, "end": found.end, "box": found.box,
    }  # fmt: skip
    return Proposal(
        record=record, element=found.element, value=found.value, confidence=found.confidence, rule=found.rule,
        evidence=evidence,
    )  # fmt: skip


@transaction.atomic
def decide(*, proposal: Proposal, accept: bool, actor: Actor, value: str | None = None) -> Proposal:
    """Accepts a proposal, as it is or altered, or refuses it.

    Args:
        proposal: an open one.
        accept: whether its value comes into the description.
        actor: who decides.
        value: what comes in instead, where a person put it right.

    Raises:
        Conflict: it was decided already, or the record's state forbids it.
        Forbidden: the actor may not describe the record.
        Invalid: the value breaks a rule.
    """
    record = record_for(proposal.record_id, actor)
    require(actor, ACT, scope_of(record), subject=record.title)
    locked = Proposal.objects.select_for_update().filter(id=proposal.id, state=State.OPEN).first()
    if locked is None:
        raise Conflict(_("这条建议已经处理过了。"), subject=proposal.value)
    chosen = locked.value if value is None else value.strip()
    if accept and not chosen:
        raise Invalid(_("没有写要采纳的内容。"), subject=locked.element)
    locked.state = (State.ACCEPTED if chosen == locked.value else State.ALTERED) if accept else State.REFUSED
    locked.decided_value = chosen if accept else ""
    locked.decided_at, locked.decided_by, locked.decided_by_name = timezone.now(), actor.id, actor.name
    locked.save()
    append(
        act=ACT, actor=actor, subject=f"record:{record.id}",
        after={"element": locked.element, "state": locked.state, "value": locked.decided_value, "proposed": locked.value},
    )  # fmt: skip
    if accept:
        _take_over(record, locked.element, chosen, actor)
    else:
        publish(RecordsChanged((record.id,), "described"))
    return locked


def _take_over(record: Record, name: str, value: str, actor: Actor) -> None:
    """Puts a value into the description; a repeatable element that has values gets one more."""
    element = elements()[name]
    if element.repeatable and name != "责任者":
        standing = list(split_values(item_value(record, element.field, element.key)))
        value = "；".join(dict.fromkeys([*standing, *split_values(value)]))
    changes: dict[str, Any] = (
        {element.field: value} if element.field else {"metadata": {**record.metadata, element.key: value}}
    )
    update_description(
        record_id=record.id, changes=changes, expected_changed_at=record.changed_at, actor=actor
    )

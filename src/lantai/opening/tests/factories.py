"""Held records of any age, and reviewers of the archive that holds them."""

from lantai.core.actors import SYSTEM, Actor
from lantai.core.identifiers import new_id
from lantai.records.api import DocumentDraft, Record, create_records
from lantai.records.tests import factories as records


def reviewer(name="审核员甲"):
    return Actor(
        id=str(new_id()),
        name=name,
        roles=frozenset({"reviewer"}),
        organisation_id=records.archive().id,
        via="web",
    )


def held(*, flags=(), classification="", state="held", **values):
    draft = records.draft(
        custodian_id=records.archive().id,
        flags=flags,
        documents=[DocumentDraft(original_name="正文.pdf", sm3="a" * 64, sha512="b" * 128, size_bytes=9)],
        **values,
    )
    made = create_records([draft], SYSTEM)[0]
    Record.objects.filter(id=made.id).update(state=state, classification=classification)
    return Record.objects.get(id=made.id)

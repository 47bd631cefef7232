"""Linking records to authority records by the names they have (责任者), many at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from uuid import UUID

from lantai.core.actors import Actor
from lantai.core.jobs import JobRun
from lantai.core.language import gettext as _
from lantai.records.api import Record, readable

from ..description.elements import split_values
from .models import Authority, AuthorityLink
from .names import fold, owners_of
from .services import link_records

LINK_ALL = "catalogue.link_authorities"
PIECE = 1_000


def link_by_names(run: JobRun, archive_id: UUID, actor: Actor) -> Counter[str]:
    """Ties every record of an archive to who is named as responsible, where the name tells one alone.

    A name two go by is counted as ``ambiguous`` and left to people; one nobody goes by as ``unknown``.
    """
    role = AuthorityLink.Role.RESPONSIBLE
    waiting = readable(Record.objects.filter(archive_id=archive_id), actor).exclude(responsible="")
    names = list(waiting.order_by("responsible").values_list("responsible", flat=True).distinct())
    run.step(_("按责任者关联"), total=len(names))
    counts: Counter[str] = Counter()
    for chunk in run.chunks(names, size=100):
        with run.commit(chunk):
            counts += _link(archive_id, list(chunk), role, actor)
    return counts


def _link(archive_id: UUID, written: Sequence[str], role: str, actor: Actor) -> Counter[str]:
    counts: Counter[str] = Counter()
    parts = {text: split_values(text) or [text] for text in written}
    owners = owners_of(archive_id, [name for names in parts.values() for name in names])
    for text, names in parts.items():
        records = list(
            readable(Record.objects.filter(archive_id=archive_id, responsible=text), actor).values_list(
                "id", flat=True
            )
        )
        for name in names:
            found = owners.get(fold(name), [])
            if len(found) != 1:
                counts["ambiguous" if found else "unknown"] += 1
                continue
            authority = Authority.objects.get(id=found[0])
            for start in range(0, len(records), PIECE):
                counts["linked"] += link_records(
                    authority=authority, record_ids=records[start : start + PIECE], role=role, written=name[:200],
                    actor=actor,
                )  # fmt: skip
    return counts

"""The sealed 销毁清册 outlives the database: it is kept in the vault as it was sealed."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from lantai.core.canonical import canonical_json, utc_text
from lantai.core.ports import subject_ids
from lantai.institutions.api import describe_organisations, restore_organisations

from .models import Disposal
from .parts import disposal_facts, restore_disposal


class RegisterPapers:
    """Answers ``core.ports.PaperPart`` for disposals that are closed."""

    key = "appraisal.register"
    order = 95
    kinds: Collection[str] = ("disposal",)

    def describe(self, subjects: Sequence[str]) -> Mapping[UUID, Mapping[str, Any]]:
        """Each closed disposal with its register and seal, as text, so that not a byte changes."""
        ids = subject_ids(subjects)
        closed = Disposal.objects.filter(id__in=ids).exclude(register__isnull=True)
        rows = list(closed.prefetch_related("opinions", "witnesses"))
        organisations = describe_organisations(dict.fromkeys(str(row.organisation_id) for row in rows))
        return {
            row.id: {
                "organisation": organisations[str(row.organisation_id)],
                "disposal": disposal_facts(row),
                "finished_at": utc_text(row.finished_at) if row.finished_at else "",
                "register": canonical_json(row.register).decode(),
                "seal": canonical_json(row.seal).decode(),
            }
            for row in rows
        }

    def restore(self, parts: Mapping[UUID, Mapping[str, Any]]) -> None:
        """Closes the disposals again under their old seals; a closed one stays as it is."""
        for paper in parts.values():
            standing = restore_organisations([paper["organisation"]])
            facts = paper["disposal"]
            place = str(facts["organisation"])
            disposal = restore_disposal({**facts, "organisation": str(standing.get(place, place))})
            Disposal.objects.filter(id=disposal.id, register__isnull=True).update(
                state=Disposal.State.DONE,
                finished_at=datetime.fromisoformat(paper["finished_at"]) if paper["finished_at"] else None,
                register=json.loads(paper["register"]),
                seal=json.loads(paper["seal"]),
            )

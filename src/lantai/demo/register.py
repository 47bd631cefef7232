"""The agencies' registers of closed matters: most came, some late, some not at all.

The documents of each agency's newest package are matters it closed; a few more of the same series
never came. Who is how negligent is drawn by the agency's code, so that every run is alike.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date

from django.utils import timezone

from lantai.capture.api import (
    MatterDraft,
    decide_explanation,
    expectations_of,
    explain_missing,
    register_matters,
    sweep_completeness,
)
from lantai.institutions.api import Organisation
from lantai.records.api import Record

from .matters import compose
from .region import Agency, agencies
from .settlement import actor_in

YEAR = 2024
CAME = 12
"""How many matters the newest package of an agency carries."""
NEGLECT = (5, 0, 2, 9, 0, 3, 1, 0, 7, 0, 2, 4)
"""How many further matters each agency closed and never filed."""
IN_TIME = 8
"""Of those that came, how many were closed so late that they came in time."""

REASON = "这一年没有单独成文，内容写在年度工作总结里，已随总结归档。"
UNTOLD = "BTGXS"
"""Who leaves one number out, so that a gap shows in its series."""


def register_closed_matters() -> int:
    """Has every agency tell what it closed; returns how many matters. Repeating changes nothing."""
    told = 0
    for body, missing in zip(agencies(), NEGLECT, strict=True):
        organisation = Organisation.objects.get(code=body.code)
        drafts = list(_drafts(body, missing))
        actor = actor_in("record_archivist", organisation)
        register_matters(agency=organisation, matters=drafts, source="table", actor=actor)
        told += len(drafts)
    sweep_completeness()
    for body, missing in zip(agencies(), NEGLECT, strict=True):
        if not missing:
            _explain(Organisation.objects.select_related("archive").get(code=body.code))
    return told


def _explain(agency: Organisation) -> None:
    """Who files everything has a reason for the rest, and the archive accepts it."""
    keeper = actor_in("record_archivist", agency)
    receiver = actor_in("receiving_archivist", agency.archive or agency)
    for row in expectations_of(agency.id).filter(state="overdue"):
        explain_missing(expectation=row, text=REASON, actor=keeper)
        decide_explanation(expectation=row, accepted=True, note="", actor=receiver)


def _drafts(body: Agency, missing: int) -> Iterator[MatterDraft]:
    """Titles as they were filed, where they were: a register names a matter as its document does."""
    filed = dict(
        Record.objects.filter(agency__code=body.code, year=YEAR).values_list("document_number", "title")
    )
    chance = random.Random(f"{body.code}-register")
    this_year = timezone.localdate().year
    for serial in range(CAME + missing):
        if body.code == UNTOLD and serial == CAME + 1:
            continue
        matter = compose(body, YEAR, serial, chance)
        yield MatterDraft(
            number=matter.number,
            title=filed.get(matter.number, matter.title),
            closed_on=date(this_year, 1, 1 + serial) if serial < IN_TIME else matter.day,
            department=matter.unit,
            documents=("正文", *matter.attachments),
        )

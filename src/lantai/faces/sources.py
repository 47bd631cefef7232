"""What each context has waiting, for whom. Imported once, when the desk is first asked for."""

from __future__ import annotations

import datetime
from collections.abc import Iterable

from django.db.models import Count
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from lantai.core.actors import Actor
from lantai.records.api import OpeningMark, Record, State, readable
from lantai.vault import api as vault

from .waiting import Waiting, source

REVIEW_YEARS = 25
"""Age at which a record is due for opening review (开放办法 article 6), years."""


@source("reviewer")
def due_for_review(actor: Actor) -> Iterable[Waiting]:
    """Held records nobody has decided about, old enough to be public."""
    today = timezone.localdate()
    due = datetime.date(today.year - REVIEW_YEARS, 12, 31)
    unreviewed = readable(Record.objects.filter(state=State.HELD, opening_mark=OpeningMark.UNREVIEWED), actor)
    yield Waiting(
        unreviewed.filter(date_end__lt=due).count(),
        _("件"),
        _("满二十五年，等您审核开放"),
        reverse("opening:queue"),
    )


@source("preservation_archivist")
def vault_health(_actor: Actor) -> Iterable[Waiting]:
    """Copies that are not whole, and how many are."""
    counted = {
        row["state"]: row["n"]
        for row in vault.Copy.objects.order_by().values("state").annotate(n=Count("id"))
    }
    url = reverse("vault:overview")
    damaged = counted.get("damaged", 0) + counted.get("missing", 0)
    yield Waiting(damaged, _("份"), _("副本损坏或缺失，要修复"), url)
    yield Waiting(counted.get("pending", 0), _("份"), _("副本等待第一次校验"), url, asks=False)
    yield Waiting(counted.get("verified", 0), _("份"), _("副本校验完好"), url, asks=False)

"""How far the long-term inspection is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils import timezone

from lantai.core.figures import kept
from lantai.core.settings import VAULT_INSPECT_WITHIN_DAYS

from .models import LongtermLook
from .rounds import holdings, round_size

FIGURES = "longterm"
SHOWN = 20
"""How many failing records the page lists; the reports have them all."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the holdings have been inspected.

    Attributes:
        records: stored records.
        seen: those looked at within ``within_days``; without such a time, ever.
        failed: those that failed when they were last looked at.
        a_round: how many the next round looks at.
    """

    records: int
    seen: int
    failed: int
    a_round: int
    within_days: int


def progress() -> Progress:
    """The figures; over a large vault those of the last count."""
    within = VAULT_INSPECT_WITHIN_DAYS.read()
    figures, _at = kept(f"{FIGURES}:{within}", _count)
    return Progress(**figures, within_days=within)


def _count() -> dict[str, Any]:
    within = VAULT_INSPECT_WITHIN_DAYS.read()
    looks = LongtermLook.objects.all()
    seen = looks.filter(looked_at__gte=timezone.now() - timedelta(days=within)) if within else looks
    return {
        "records": holdings().count(),
        "seen": seen.count(),
        "failed": looks.filter(passed=False).count(),
        "a_round": round_size(),
    }


def failing() -> list[LongtermLook]:
    """Records that failed when they were last looked at, the latest first."""
    found = LongtermLook.objects.filter(passed=False, object__in=holdings())
    return list(found.select_related("object__record").order_by("-looked_at", "object")[:SHOWN])

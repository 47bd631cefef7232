"""Figures over very many rows: counted now where that is quick, else taken from the last count."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from .models import Figures

QUICK_S = 0.5
"""What is counted faster than this is never kept: the page always tells the present."""

KEPT = timedelta(minutes=15)


def kept(
    key: str, count: Callable[[], Any], *, fresh: bool = False, quick_s: float = QUICK_S
) -> tuple[Any, datetime]:
    """What ``count`` returns (JSON values), and when it was counted.

    Args:
        key: names the figures.
        count: counts them; may take seconds over a million objects.
        fresh: counts now whatever is kept; the worker does so every few minutes, so that pages
            of a large vault never wait.
        quick_s: what is counted faster is not kept.
    """
    last = Figures.objects.filter(key=key).first()
    now = timezone.now()
    if last and not fresh and last.seconds >= quick_s and now - last.counted_at < KEPT:
        return last.figures, last.counted_at
    started = time.monotonic()
    figures = count()
    seconds = time.monotonic() - started
    if seconds >= quick_s:
        row = {"figures": figures, "seconds": seconds, "counted_at": now}
        Figures.objects.update_or_create(key=key, defaults=row)
    elif last:
        last.delete()
    return figures, now

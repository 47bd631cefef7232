"""Tasks carried by a table of the database."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

from django.db.models import Q
from django.utils import timezone
from django_tasks import TaskResultStatus
from django_tasks_db import DatabaseBackend
from django_tasks_db.models import DBTaskResult

TASKS_KEPT = timedelta(days=7)
CLAIM_GRACE = timedelta(seconds=10)


class DatabaseQueue(DatabaseBackend):  # type: ignore[misc, unused-ignore]
    """The backend of django-tasks-db, which also knows what was lost on the way."""

    def lost(self, task_ids: Collection[UUID]) -> set[UUID]:
        """Tasks that will not come, of those still waited for: taken by a process that died, or not here."""
        now = timezone.now()
        long_ago = Q(started_at__lt=now - CLAIM_GRACE) | Q(
            started_at__gt=now + CLAIM_GRACE
        )  # or the clock went back
        held = DBTaskResult.objects.filter(id__in=list(task_ids))
        taken = held.exclude(status=TaskResultStatus.READY).filter(long_ago)
        return (set(task_ids) - set(held.values_list("id", flat=True))) | set(
            taken.values_list("id", flat=True)
        )

    def tidy(self) -> None:
        """Forgets tasks that ended a week ago."""
        DBTaskResult.objects.finished().filter(finished_at__lt=timezone.now() - TASKS_KEPT).delete()

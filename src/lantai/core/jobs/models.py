"""Jobs as people see them, their completion marks, their log, and the processes that run them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils.translation import gettext_lazy as _

from ..actors import Actor
from ..identifiers import new_id


class Worker(models.Model):
    """A process that runs jobs, seen alive a moment ago.

    Attributes:
        place: which machine and process namespace ``pid`` belongs to.
        pid_started: when the process started, so that a reused pid is not taken for it.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    place = models.CharField(max_length=120)
    pid = models.PositiveIntegerField()
    pid_started = models.CharField(max_length=40)
    serves = models.BooleanField(default=False)
    started_at = models.DateTimeField(auto_now_add=True)
    seen_at = models.DateTimeField(db_index=True)


class JobState(models.TextChoices):
    """Where a job stands."""

    QUEUED = "queued", _("排队中")
    RUNNING = "running", _("正在进行")
    DONE = "done", _("已完成")
    FAILED = "failed", _("未能完成")
    CANCELLED = "cancelled", _("已取消")


class Job(models.Model):
    """One piece of long work, as shown to people.

    Attributes:
        params: what the job's function is called with, as JSON values.
        attempt: how often it was begun; a run that is not the latest cannot commit anything.
        done: items finished in this step; ``total`` is ``None`` while nobody knows.
        rate: items a second, lately.
        eta_s: seconds this step still takes at that rate.
        result: what the function returned.
        error: what went wrong, for people; ``traceback`` for who mends it.
        task_id: the task of the queue that is meant to run it.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=80)
    title = models.CharField(max_length=300)
    state = models.CharField(max_length=12, choices=JobState.choices, default=JobState.QUEUED)
    params = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    actor_data = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    actor_ref = models.CharField(max_length=80)
    organisation_id = models.UUIDField(null=True)
    step = models.CharField(max_length=120, blank=True)
    done = models.BigIntegerField(default=0)
    total = models.BigIntegerField(null=True)
    rate = models.FloatField(null=True)
    eta_s = models.FloatField(null=True)
    result = models.JSONField(null=True, encoder=DjangoJSONEncoder)
    error = models.TextField(blank=True)
    traceback = models.TextField(blank=True)
    task_id = models.UUIDField(null=True)
    attempt = models.PositiveIntegerField(default=0)
    cancel_requested = models.BooleanField(default=False)
    worker = models.ForeignKey(Worker, null=True, on_delete=models.SET_NULL, related_name="jobs")
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["state"], name="core_job_state"),
            models.Index(fields=["actor_ref", "id"], name="core_job_actor"),
            models.Index(fields=["organisation_id", "id"], name="core_job_organisation"),
        ]

    @property
    def actor(self) -> Actor:
        """Who started it."""
        data: dict[str, Any] = dict(self.actor_data)
        for name in ("organisation_id", "department_id"):
            data[name] = UUID(data[name]) if data[name] else None
        return Actor(**{**data, "roles": frozenset(data["roles"])})

    @property
    def percent(self) -> int | None:
        """How much of the step is done, 0 to 100."""
        return None if not self.total else min(100, self.done * 100 // self.total)

    @property
    def is_active(self) -> bool:
        """Whether it runs or will run."""
        return self.state in {JobState.QUEUED, JobState.RUNNING}

    @property
    def is_resumable(self) -> bool:
        """Whether a person may have it go on."""
        return self.state in {JobState.FAILED, JobState.CANCELLED}


class JobMark(models.Model):
    """One finished chunk, committed with its effects.

    Attributes:
        items: 16 bytes of BLAKE2b of the key of each item, one after another.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="marks")
    step = models.CharField(max_length=120)
    items = models.BinaryField()


class JobLine(models.Model):
    """One line of a job's log."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="log")
    at = models.DateTimeField(auto_now_add=True)
    text = models.TextField()

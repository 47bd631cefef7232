"""Pages of the jobs: which there are, how far one is, cancel and resume."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from . import jobs
from .actors import Actor
from .errors import NotFound
from .jobs.models import Job

PAGE_SIZE = 30
LINES_SHOWN = 200


@dataclass(frozen=True, slots=True)
class JobPage:
    """A page of jobs, newest first. Ids are made in the order of time, so they are the key."""

    items: list[Job]
    previous: str = ""
    next: str = ""

    @property
    def previous_url(self) -> str:
        """The link to newer jobs."""
        return f"?after={self.previous}"

    @property
    def next_url(self) -> str:
        """The link to older jobs."""
        return f"?before={self.next}"


@require_safe
def list_jobs(request: HttpRequest) -> HttpResponse:
    """The jobs the reader may see."""
    page = _page(jobs.visible_to(_actor(request)), request)
    return render(request, "core/jobs.html", {"page": page})


@require_safe
def show_job(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """One job, live."""
    return render(request, "core/job.html", _context(_find(request, job_id)))


@require_safe
def show_progress(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """The live part of a job's page; asks for itself again while the job goes on."""
    return render(request, "core/job_progress.html", _context(_find(request, job_id)))


@require_POST
def cancel_job(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """Cancels a job."""
    jobs.cancel(_find(request, job_id), _actor(request))
    messages.success(request, _("已要求停止。做完手头一批后停下，已完成的部分保留。"))
    return redirect("core:job", job_id=job_id)


@require_POST
def resume_job(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """Has a failed or cancelled job go on."""
    jobs.resume(_find(request, job_id), _actor(request))
    messages.success(request, _("已重新排队，接着未完成的部分做。"))
    return redirect("core:job", job_id=job_id)


def _actor(request: HttpRequest) -> Actor:
    return cast("Actor", request.actor)  # type: ignore[attr-defined]


def _find(request: HttpRequest, job_id: UUID) -> Job:
    job = jobs.visible_to(_actor(request)).filter(id=job_id).first()
    if job is None:
        raise NotFound(_("没有这项任务，或者您无权查看。"), remedy=_("回到任务列表查看您的任务。"))
    return job


def _page(found: QuerySet[Job], request: HttpRequest) -> JobPage:
    after, before = (_key(request.GET.get(name, "")) for name in ("after", "before"))
    if after:
        rows = list(found.filter(id__gt=after).order_by("id")[: PAGE_SIZE + 1])
        more_before, more_after, rows = len(rows) > PAGE_SIZE, True, rows[:PAGE_SIZE][::-1]
    else:
        older = found.filter(id__lt=before) if before else found
        rows = list(older.order_by("-id")[: PAGE_SIZE + 1])
        more_before, more_after, rows = bool(before), len(rows) > PAGE_SIZE, rows[:PAGE_SIZE]
    if not rows:
        return JobPage([])
    return JobPage(
        rows,
        previous=str(rows[0].id) if more_before else "",
        next=str(rows[-1].id) if more_after else "",
    )


def _key(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _context(job: Job) -> dict[str, Any]:
    lines = list(job.log.order_by("-id")[:LINES_SHOWN])[::-1]
    progress = None
    if job.total is not None:
        rate = job.rate if job.is_active else None
        progress = {
            "title": _(job.step or job.title),
            "done": job.done,
            "total": job.total,
            "rate": _rate(rate),
            "eta": _remaining(job.eta_s) if job.is_active else "",
        }
    return {"job": job, "lines": lines, "progress": progress, "result": _result(job)}


def _result(job: Job) -> list[tuple[str, object]]:
    if not isinstance(job.result, dict):
        return []
    return [(name, value) for name, value in job.result.items() if isinstance(value, (str, int, float))]


def _rate(rate: float | None) -> str:
    if not rate:
        return ""
    return f"{rate:,.0f}" if rate >= 10 else f"{rate:.1f}"


def _remaining(eta_s: float | None) -> str:
    """How long a step still takes, in the words one would use."""
    if eta_s is None:
        return ""
    if eta_s < 60:
        seconds = max(1, round(eta_s))
        return ngettext("还要 %(n)s 秒", "还要 %(n)s 秒", seconds) % {"n": seconds}
    minutes = round(eta_s / 60)
    if minutes < 90:
        return ngettext("大约还要 %(n)s 分钟", "大约还要 %(n)s 分钟", minutes) % {"n": minutes}
    hours = round(eta_s / 3600)
    return ngettext("大约还要 %(n)s 小时", "大约还要 %(n)s 小时", hours) % {"n": hours}

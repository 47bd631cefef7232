"""The jobs of capture."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from lantai.core.jobs import JobRun, job
from lantai.core.language import gettext_noop

from .channels.web import CAPTURE_WEB, capture
from .models import Submission
from .processing import process_submission
from .services import PROCESS


@job(PROCESS, title=gettext_noop("处理归档批次"))
def process(run: JobRun, submission_id: str) -> dict[str, Any]:
    """Processes one submission; see :mod:`lantai.capture.processing`."""
    submission = Submission.objects.select_related("agency", "department", "report").get(
        id=UUID(submission_id)
    )
    return dict(process_submission(run, submission).counts)


@job(CAPTURE_WEB, title=gettext_noop("采集网页"))
def capture_web(run: JobRun, **asked: Any) -> dict[str, Any]:
    """Captures pages and hands them in; see :mod:`lantai.capture.channels.web`."""
    return capture(run, asked)

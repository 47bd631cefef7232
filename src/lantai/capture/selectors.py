"""Reading: whose submissions an actor sees, and what they still ask for."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from lantai.core.actors import Actor
from lantai.core.errors import NotFound
from lantai.core.jobs import JobState
from lantai.core.ports import Scope, allows
from lantai.institutions.api import Organisation, answers_for

from .models import Submission, SubmissionItem

State = Submission.State


def submissions_for(actor: Actor) -> QuerySet[Submission]:
    """What the actor may see: all of the agency for its record office, the department's for a clerk."""
    submissions = Submission.objects.select_related("agency", "department", "report", "job")
    if "system" in actor.roles:
        return submissions
    scope = Scope(organisation_id=actor.organisation_id)
    if actor.organisation_id and allows(actor, "capture.oversee", scope):
        return submissions.filter(agency__in=answers_for(actor.organisation_id))
    own = Q(submitted_by=actor.id)
    if allows(actor, "capture.see", scope) and actor.organisation_id:
        own |= Q(agency__in=answers_for(actor.organisation_id))
        if actor.department_id:
            own &= Q(department_id=actor.department_id) | Q(department=None) | Q(submitted_by=actor.id)
    return submissions.filter(own)


def submission_for(actor: Actor, submission_id: UUID) -> Submission:
    """One of them.

    Raises:
        NotFound: there is none, or not for this actor.
    """
    submission = submissions_for(actor).filter(id=submission_id).first()
    if submission is None:
        raise NotFound(
            _("没有找到这个归档批次。"), subject=str(submission_id), remedy=_("请从归档批次列表里打开。")
        )
    return submission


def returned_items(submission: Submission) -> QuerySet[SubmissionItem]:
    """Its returned items, in the order of the package."""
    return submission.items.filter(state=SubmissionItem.State.RETURNED).order_by("sequence")


@dataclass(frozen=True, slots=True)
class Standing:
    """An agency's three numbers.

    Attributes:
        owed: items returned and not sent again.
        returned: submissions that have such items.
        running: submissions received and not finished.
        filed: records filed so far.
    """

    owed: int
    returned: int
    running: int
    filed: int


def standing(agency: Organisation | UUID) -> Standing:
    """Where an agency stands with what it handed in."""
    agency_id = agency if isinstance(agency, UUID) else agency.id
    mine = Submission.objects.filter(agency__in=answers_for(agency_id))
    open_returns = SubmissionItem.objects.filter(
        submission__in=mine.filter(resubmissions=None), state=SubmissionItem.State.RETURNED
    ).aggregate(items=Count("id"), submissions=Count("submission", distinct=True))
    return Standing(
        owed=open_returns["items"],
        returned=open_returns["submissions"],
        running=mine.exclude(state__in=Submission.FINISHED).count(),
        filed=SubmissionItem.objects.filter(submission__in=mine, state=SubmissionItem.State.ACCEPTED).count(),
    )


def has_stopped(submission: Submission) -> bool:
    """Whether its processing ended before it was finished, and a person may have it go on."""
    job = submission.job
    return (
        not submission.is_finished and job is not None and job.state in {JobState.FAILED, JobState.CANCELLED}
    )

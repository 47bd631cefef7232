"""Papers of capture (``core.ports.PaperPart``): packages with something sent back, and reference notes.

What was accepted stands with its records; a package that was returned, in whole or in part, has no
record to tell of it, nor has the note of a class.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from lantai.core.plainrows import plain_rows, restore_rows
from lantai.core.ports import subject_ids
from lantai.institutions.api import describe_organisations, restore_organisations

from .models import ClassNote, Submission, SubmissionItem
from .parts import describe_submissions, restore_submissions

RETURNED = SubmissionItem.State.RETURNED


class SubmissionPapers:
    """Submissions of which something came back, and those that follow another."""

    key = "capture.submission"
    order = 30
    kinds: Collection[str] = ("submission",)

    def describe(self, subjects: Sequence[str]) -> Mapping[UUID, Mapping[str, Any]]:
        """A submission that follows another has the earlier one told again, with its followers."""
        ids = subject_ids(subjects)
        earlier = Submission.objects.filter(id__in=ids).exclude(previous=None)
        told = Q(id__in=[*ids, *earlier.values_list("previous_id", flat=True)])
        kept = Q(state=Submission.State.RETURNED) | Q(state=Submission.State.PARTLY_ACCEPTED)
        linked = Q(previous__isnull=False) | Q(resubmissions__isnull=False)
        rows = Submission.objects.filter(told, state__in=Submission.FINISHED).filter(kept | linked).distinct()
        agencies = dict(rows.values_list("id", "agency_id"))
        submissions = describe_submissions(list(agencies))
        organisations = describe_organisations(agencies.values())
        return {
            key: {
                "organisation": organisations[str(agencies[key])],
                "submission": submissions[key],
                "followed_by": [str(row.id) for row in Submission.objects.filter(previous=key)],
                "items": list(
                    plain_rows(SubmissionItem.objects.filter(submission=key, state=RETURNED).order_by("id"))
                ),
            }
            for key in agencies
        }

    def restore(self, parts: Mapping[UUID, Mapping[str, Any]]) -> None:
        """Makes them again and links them, whichever of two comes first."""
        with transaction.atomic():
            restore_organisations(
                {p["organisation"]["id"]: p["organisation"] for p in parts.values()}.values()
            )
            restore_submissions([part["submission"] for part in parts.values()])
            restore_rows(SubmissionItem, (row for part in parts.values() for row in part["items"]))
            for key, part in parts.items():
                followers = Submission.objects.filter(id__in=part["followed_by"], previous=None)
                followers.update(previous=key)


class NotePapers:
    """Reference notes (备考表), told with the scheme of their classes."""

    key = "capture.notes"
    order = 31
    kinds: Collection[str] = ("scheme",)

    def describe(self, subjects: Sequence[str]) -> Mapping[UUID, Mapping[str, Any]]:
        """The notes of each scheme that has any."""
        notes: dict[UUID, dict[str, Any]] = {}
        for row in plain_rows(ClassNote.objects.filter(scheme__in=subject_ids(subjects)).order_by("id")):
            notes.setdefault(UUID(row["scheme"]), {"notes": []})["notes"].append(row)
        return notes

    def restore(self, parts: Mapping[UUID, Mapping[str, Any]]) -> None:
        """Makes them again; their scheme stands by then, of its own paper."""
        restore_rows(ClassNote, (row for part in parts.values() for row in part["notes"]))

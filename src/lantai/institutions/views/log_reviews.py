"""Officers read one another's log (互审)."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from lantai.core.errors import Conflict
from lantai.core.labels import act_label, subject_label
from lantai.ui.api import keyset_page

from ..forms import ReviewForm
from ..log_review import STAFF, entries_of, last_review, log_label, record_review, reviewed_by
from ..models import LogReview
from ..roles import roles
from ..selectors import actor_names, actor_of
from .account import person_of


@require_safe
def log_reviews(request: HttpRequest) -> HttpResponse:
    """The logs I review, each with what has happened since the last statement."""
    actor = actor_of(request)
    rows = []
    for role in reviewed_by(actor):
        entries, last = entries_of(role, actor), last_review(role)
        unread = entries.filter(at__gt=last.through) if last else entries
        rows.append((role, log_label(role), unread.count(), last))
    statements = LogReview.objects.filter(reviewed_role__in=reviewed_by(actor)).select_related("reviewer")
    page = keyset_page(statements, request)
    context = {"rows": rows, "page": page}
    return render(request, "institutions/log_reviews.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def log_review(request: HttpRequest, role: str) -> HttpResponse:
    """One log, newest first, and the form to state that it was read."""
    if role != STAFF and role not in roles():
        raise Http404
    actor = actor_of(request)
    entries = entries_of(role, actor)
    form = ReviewForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        through = parse_datetime(request.POST.get("through", "")) or timezone.now()
        note = form.cleaned_data["note"]
        try:
            record_review(role=role, through=through, note=note, reviewer=person_of(request), actor=actor)
        except Conflict as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("审查意见已登记。"))
            return redirect("institutions:log_reviews")
    page = keyset_page(entries, request, order=("-at", "-id"))
    people = {entry.actor for entry in page.items} | _people_in(page.items)
    names = actor_names(people, with_accounts=True)
    rows = [
        (entry, act_label(entry.act), names.get(entry.actor, ""), _subject(entry.subject, names))
        for entry in page.items
    ]
    context = {
        "role": role,
        "label": log_label(role),
        "page": page,
        "rows": rows,
        "form": form,
        "last": last_review(role),
        "through": timezone.now().isoformat(),
    }
    return render(request, "institutions/log_review.html", context, status=422 if form.errors else 200)


def _people_in(entries: object) -> set[str]:
    subjects = [entry.subject for entry in entries]  # type: ignore[attr-defined]
    return {subject.removeprefix("person:") for subject in subjects if subject.startswith("person:")}


def _subject(subject: str, names: dict[str, str]) -> str:
    kind, _colon, key = subject.partition(":")
    return names.get(key, key) if kind == "person" else subject_label(subject)

"""Pages of supervision: all agencies on one page, one agency, a reminder, the page as a file."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from lantai.capture import api as capture
from lantai.core.errors import Conflict, NotFound
from lantai.institutions.api import Region, actor_of
from lantai.records.api import Fonds
from lantai.ui.api import disposition, keyset_page

from . import export as exports
from . import selectors
from .models import Reminder
from .reminding import remind as send_reminder

State = capture.Expectation.State
REMINDERS_A_PAGE = 10
TABS = (State.OVERDUE, State.OPEN, State.EXPLAINED, State.MET)


@require_safe
def agencies(request: HttpRequest) -> HttpResponse:
    """Who is late, with what, since when."""
    actor = actor_of(request)
    chosen = _chosen(request)
    found = selectors.lines(actor, **chosen)
    everybody = selectors.agencies_for(actor)
    regions = Region.objects.filter(organisations__in=everybody).distinct().order_by("path")
    context = {
        "lines": found,
        "chosen": chosen,
        "late": sum(1 for line in found if line.overdue),
        "overdue": sum(line.overdue for line in found),
        "totals": {
            name: sum(getattr(line, name) for line in found)
            for name in ("expected", "met", "late", "explained")
        },
        "years": selectors.years_for(actor),
        "regions": regions,
        "sorts": _sorts(chosen["sort"]),
        "key": _key(),
        "faults": selectors.common_faults([line.agency.id for line in found]),
    }
    return render(request, "supervision/agencies.html", context)


@require_safe
def agency(request: HttpRequest, agency_id: UUID) -> HttpResponse:
    """One agency: every item behind its figures, how good what it hands in is, its reminders."""
    actor = actor_of(request)
    found = selectors.agency_for(actor, agency_id)
    state = request.GET.get("state", State.OVERDUE)
    state = state if state in TABS else State.OVERDUE
    rows = capture.expectations_of(found.id).filter(state=state)
    year, category = _read_year(request.GET.get("year", "")), request.GET.get("category")
    if year:
        rows = rows.filter(year=year)
    if category is not None:
        rows = rows.filter(category=category)
    (line,) = [line for line in selectors.lines(actor) if line.agency.id == found.id]
    reminders = Reminder.objects.filter(agency=found)
    newest = reminders.order_by("-sent_on").first()
    context = {
        "agency": found,
        "line": line,
        "fonds": Fonds.objects.filter(creator=found).order_by("code") if line.described else [],
        "page": keyset_page(rows, request, order=("due_on", "id")),
        "tabs": [
            {"value": tab, "label": tab.label, "current": tab == state, "count": count}
            for tab, count in zip(TABS, _counts(line), strict=True)
        ],
        "owed": selectors.owed_by_class(found.id),
        "chosen_year": year,
        "chosen_category": category,
        "faults": selectors.common_faults([found.id]),
        "transfers": selectors.transfers_due(found.id),
        "reminders": keyset_page(
            reminders, request, order=("-sent_at", "id"), size=REMINDERS_A_PAGE, parameter="reminders_at"
        ),
        "reminded_today": newest is not None and newest.sent_on == timezone.localdate(),
    }
    return render(request, "supervision/agency.html", context)


@require_POST
def remind(request: HttpRequest, agency_id: UUID) -> HttpResponse:
    """Reminds the agency."""
    found = selectors.agency_for(actor_of(request), agency_id)
    try:
        sent = send_reminder(agency=found, actor=actor_of(request), note=request.POST.get("note", ""))
    except Conflict as refused:
        messages.error(request, str(refused))
    else:
        told = _("已催办：对方的工作台上会看到“%(text)s”") % {"text": sent.text}
        messages.success(request, told)
        if sent.mail_problem:
            messages.warning(request, _("邮件没有发出：%(problem)s") % {"problem": sent.mail_problem})
    return redirect("supervision:agency", agency_id)


@require_safe
def export(request: HttpRequest, form: str) -> HttpResponse:
    """The page as it is chosen now, as a file."""
    if form not in exports.MEDIA_TYPES:
        raise NotFound(_("没有这种格式。"), subject=form)
    found = selectors.lines(actor_of(request), **_chosen(request))
    content = exports.as_csv(found) if form == "csv" else exports.as_xlsx(found)
    response = HttpResponse(content, content_type=exports.MEDIA_TYPES[form])
    name = f"{_('归档情况')}-{timezone.localdate():%Y%m%d}.{form}"
    response["Content-Disposition"] = disposition("attachment", name)
    return response


def _read_year(text: str) -> int | None:
    """A year of four digits, or ``None``."""
    return int(text) if text.isascii() and text.isdigit() and len(text) == 4 else None


def _chosen(request: HttpRequest) -> dict[str, Any]:
    sort = request.GET.get("sort", "")
    return {
        "year": _read_year(request.GET.get("year", "")),
        "region": request.GET.get("region", ""),
        "kind": request.GET.get("kind", ""),
        "sort": sort if sort in selectors.SORTS else selectors.SORTS[0],
    }


def _sorts(chosen: str) -> list[dict[str, Any]]:
    labels = {
        "overdue": _("欠得最多"),
        "since": _("欠得最久"),
        "late": _("迟交最多"),
        "returned": _("退回最多"),
        "described": _("著录最差"),
        "name": _("按区域"),
    }
    return [{"value": key, "label": labels[key], "current": key == chosen} for key in selectors.SORTS]


def _key() -> list[tuple[str, str]]:
    return [
        ("met", _("按期已归")),
        ("late", _("逾期后归")),
        ("explained", _("已说明")),
        ("waiting", _("未到期")),
        ("overdue", _("逾期未归")),
    ]


def _counts(line: selectors.Line) -> tuple[int, int, int, int]:
    return line.overdue, line.waiting, line.explained, line.met + line.late

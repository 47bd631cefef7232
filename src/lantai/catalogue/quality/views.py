"""Pages of quality: how the fonds fare, which rules fail, which records."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from lantai.core.errors import NotFound
from lantai.core.language import gettext as _
from lantai.institutions.api import actor_of
from lantai.records.api import Fonds, Record
from lantai.ui.api import Bar, BarChart, keyset_page

from ..importing.selectors import importable_fonds
from . import selectors, taking
from .models import QualityDue, QualityScore
from .rules import rules

YEARS_DRAWN = 120


@require_safe
def quality(request: HttpRequest) -> HttpResponse:
    """How every fonds fares that one may see."""
    actor = actor_of(request)
    page = keyset_page(selectors.fonds_seen_by(actor), request, ("code", "id"))
    seen = list(selectors.fonds_seen_by(actor).values_list("id", flat=True))
    lines = {line.key: line for line in selectors.quality_of("fonds", fonds_ids=seen)}
    context = {
        "page": page,
        "lines": [(fonds, lines.get(str(fonds.id))) for fonds in page.items],
        "whole": selectors.whole(list(lines.values())),
        "waiting": QualityDue.objects.count(),
    }
    return render(request, "catalogue/quality/quality.html", context)


@require_safe
def fonds(request: HttpRequest, fonds_id: UUID) -> HttpResponse:
    """One fonds: its score, what fails most, by year and agency."""
    found = _fonds(request, fonds_id)
    line = selectors.whole(selectors.quality_of("fonds", fonds_ids=[found.id]))
    years = [each for each in selectors.quality_of("year", fonds_ids=[found.id]) if each.label][-YEARS_DRAWN:]
    known = rules()
    taken = QualityScore.objects.filter(fonds=found).order_by("taken_at").first()
    context = {
        "fonds": found,
        "line": line,
        "rules": [(known[key], count) for key, count in line.by_rule.items() if key in known],
        "agencies": selectors.quality_of("agency", fonds_ids=[found.id]),
        "years": years,
        "chart": BarChart(
            _("各年度平均得分"), [Bar(each.label, round(each.score)) for each in years], _("分"), _("年度")
        ),
        "taken_at": taken.taken_at if taken else None,
        "may_refresh": importable_fonds(actor_of(request)).filter(id=found.id).exists(),
    }
    return render(request, "catalogue/quality/fonds.html", context)


@require_safe
def failures(request: HttpRequest, fonds_id: UUID, rule: str) -> HttpResponse:
    """The records of a fonds that fail one rule, by key."""
    actor, found = actor_of(request), _fonds(request, fonds_id)
    if rule not in rules():
        raise NotFound(_("没有这条质量规则。"), subject=rule)
    page = keyset_page(selectors.failures_of(found.id, rule, actor), request, ("record_id", "id"))
    context = {
        "fonds": found,
        "rule": rules()[rule],
        "page": page,
        "total": selectors.whole(selectors.quality_of("fonds", fonds_ids=[found.id])).by_rule.get(rule, 0),
        "may_edit": importable_fonds(actor).filter(id=found.id).exists(),
    }
    return render(request, "catalogue/quality/failures.html", context)


@require_POST
def refresh(request: HttpRequest, fonds_id: UUID) -> HttpResponse:
    """Has a fonds looked at again now."""
    found = _fonds(request, fonds_id)
    years = Record.objects.filter(fonds=found).order_by().values_list("year", flat=True).distinct()
    taking.mark_due((found.id, year or 0) for year in years)
    taking.take_what_is_due()
    messages.success(request, _("正在重新检查，稍后刷新本页。"))
    return redirect("catalogue:fonds_quality", found.id)


def _fonds(request: HttpRequest, fonds_id: UUID) -> Fonds:
    found = selectors.fonds_seen_by(actor_of(request)).filter(id=fonds_id).first()
    if found is None:
        raise NotFound(_("没有这个全宗，或者您不能查看它。"), remedy=_("请从“质量”一页进入。"))
    return found

"""Pages of formats: the registry with what is held, and each migration."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from lantai.core.errors import LantaiError
from lantai.core.ports import allows
from lantai.formats.api import converter_named
from lantai.institutions.api import actor_of
from lantai.ui.api import keyset_page

from ..forms import MigrationForm
from ..tabs import vault_tabs
from .models import MigrationItem, MigrationPlan
from .selectors import holdings_by_format, migration_plans, plan_of
from .services import approve_migration as approve
from .services import propose_migration, waiting_documents


@require_safe
def formats(request: HttpRequest) -> HttpResponse:
    """Every family of formats: risk, policy, reason, what is held, what it may be converted to."""
    return _formats(request)


@require_POST
def plan_migration(request: HttpRequest) -> HttpResponse:
    """Proposes a migration."""
    form = MigrationForm(request.POST)
    if not form.is_valid():
        return _formats(request, _("请写明为什么转换。"), 422)
    try:
        plan = propose_migration(actor=actor_of(request), **form.cleaned_data)
    except LantaiError as error:
        return _formats(request, str(error), error.http_status)
    messages.success(request, _("方案已拟定，请监管人员批准。"))
    return redirect("vault:migration", plan.id)


@require_safe
def migration(request: HttpRequest, plan_id: UUID) -> HttpResponse:
    """One migration: what waits, what was made, what failed and why."""
    return _migration(request, plan_of(plan_id))


@require_POST
def approve_migration(request: HttpRequest, plan_id: UUID) -> HttpResponse:
    """Approves and starts it."""
    try:
        plan = approve(plan_id=plan_id, actor=actor_of(request))
    except LantaiError as error:
        return _migration(request, plan_of(plan_id), str(error), error.http_status)
    messages.success(request, _("已批准，开始转换。"))
    return redirect("vault:migration", plan.id)


def _formats(request: HttpRequest, trouble: str = "", status: int = 200) -> HttpResponse:
    rows, counted_at = holdings_by_format()
    plans = keyset_page(migration_plans(), request, ("-proposed_at", "-id"), size=20)
    context = {
        "tabs": vault_tabs("vault:formats"),
        "rows": rows,
        "counted_at": counted_at,
        "page": plans,
        "plans": [(plan, converter_named(plan.converter).title) for plan in plans.items],
        "may_plan": allows(actor_of(request), "vault.plan_migration"),
        "trouble": trouble,
    }
    return render(request, "vault/formats.html", context, status=status)


def _migration(
    request: HttpRequest, plan: MigrationPlan, trouble: str = "", status: int = 200
) -> HttpResponse:
    actor = actor_of(request)
    items = plan.items.select_related("document__record", "made")
    context = {
        "plan": plan,
        "target": converter_named(plan.converter).title,
        "waiting": waiting_documents(plan).count(),
        "made": items.filter(state=MigrationItem.State.MADE).count(),
        "failed": items.filter(state=MigrationItem.State.FAILED).count(),
        "page": keyset_page(items, request, ("state", "id"), size=30),
        "may_approve": plan.state == MigrationPlan.State.PROPOSED
        and plan.proposed_by != actor.id
        and allows(actor, "vault.approve_migration"),
        "trouble": trouble,
    }
    return render(request, "vault/migration.html", context, status=status)

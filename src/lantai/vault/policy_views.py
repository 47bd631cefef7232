"""Pages of the copy policy: what each rule asks for, what falls short of it, and its versions."""

from __future__ import annotations

from dataclasses import asdict
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from lantai.core.errors import LantaiError
from lantai.core.ports import allows
from lantai.institutions.api import actor_of
from lantai.ui.api import keyset_page

from .forms import PolicyForm
from .models import CopyPolicy
from .policy import set_policy, terms_of
from .protection import protection, unprotected_count
from .stores import declared_stores
from .tabs import vault_tabs


@require_safe
def policies(request: HttpRequest) -> HttpResponse:
    """Every rule in force with how many objects are protected and why the others are not."""
    found, counted_at = protection()
    total, short = sum(row.objects_count for row in found), unprotected_count(found)
    versions = CopyPolicy.objects.select_related("fonds")
    use = declared_stores()[0]
    context = {
        "tabs": vault_tabs("vault:policies"),
        "shortfalls": found,
        "counted_at": counted_at,
        "protected": total - short,
        "unprotected": short,
        "late": sum(row.late for row in found if row.terms.within_days),
        "stores": [
            (facts, facts.is_elsewhere(use), facts.is_other_medium(use)) for facts in declared_stores()
        ],
        "page": keyset_page(versions, request, ("-set_at", "-id"), size=20),
        "may_set": allows(actor_of(request), "vault.set_policy"),
    }
    return render(request, "vault/policies.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def policy(request: HttpRequest) -> HttpResponse:
    """A new version of a rule."""
    actor = actor_of(request)
    form = PolicyForm(request.POST or None, initial=_standing(request))
    if request.method == "POST" and form.is_valid():
        fonds = form.cleaned_data["fonds"]
        try:
            set_policy(
                terms=form.terms,
                actor=actor,
                fonds_id=fonds.id if fonds else None,
                category=form.cleaned_data["category"].strip(),
            )
        except LantaiError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("策略已生效，改动已存证。"))
            return redirect("vault:policies")
    status = 422 if request.method == "POST" else 200
    return render(request, "vault/policy.html", {"form": form}, status=status)


def _standing(request: HttpRequest) -> dict[str, object]:
    """The rule a link asks to change, or the usual three copies."""
    try:
        row = CopyPolicy.objects.filter(id=UUID(request.GET.get("rule", ""))).first()
    except ValueError:
        row = None
    if row is None:
        return {"copies": len(declared_stores())}
    terms = asdict(terms_of(row))
    return {"fonds": row.fonds_id, "category": row.category, "carriers": terms.pop("media"), **terms}

"""Keys of office systems (接口密钥)."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lantai.core.errors import LantaiError
from lantai.ui.api import keyset_page

from ..forms import ApiKeyForm, day_of, end_of
from ..models import ApiKey, Organisation
from ..roles import keys_of
from ..selectors import actor_of
from ..services.api_keys import issue_api_key, revoke_api_key


def _within_reach(request: HttpRequest) -> QuerySet[Organisation]:
    """The organisations whose keys the actor manages: all for an officer, else the own one."""
    actor, served = actor_of(request), Organisation.objects.exclude(kind=Organisation.Kind.SUPERVISOR)
    return served if actor.roles & keys_of("officer") else served.filter(id__in=[actor.organisation_id])


@never_cache
@require_safe
def api_keys(request: HttpRequest) -> HttpResponse:
    """The keys within reach: whose, what for, until when."""
    keys = ApiKey.objects.filter(organisation__in=_within_reach(request)).select_related("organisation")
    page = keyset_page(keys, request)
    now = timezone.now()
    rows = [(key, day_of(key.expires_at), _state(key, now)) for key in page.items]
    return render(request, "institutions/api_keys.html", {"page": page, "rows": rows})


def _state(key: ApiKey, now: object) -> tuple[str, str]:
    if key.revoked_at is not None:
        return "bad", _("已作废")
    return ("held", _("已过期")) if key.expires_at <= now else ("open", _("可用"))  # type: ignore[operator]


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def issue(request: HttpRequest) -> HttpResponse:
    """Issues a key and shows it once."""
    reach = _within_reach(request)
    form = ApiKeyForm(request.POST or None, initial={"organisation": reach.first()})
    form.fields["organisation"].queryset = reach  # type: ignore[attr-defined]
    if request.method == "POST" and form.is_valid():
        wanted = form.cleaned_data | {"expires_at": end_of(form.cleaned_data["expires_at"])}
        try:
            key, text = issue_api_key(**wanted, actor=actor_of(request))
        except LantaiError as error:
            form.add_error(None, str(error))
        else:
            return render(request, "institutions/new_api_key.html", {"key": key, "text": text})
    return render(
        request, "institutions/issue_api_key.html", {"form": form}, status=422 if form.errors else 200
    )


@require_POST
def revoke(request: HttpRequest, key_id: UUID) -> HttpResponse:
    """Makes a key useless."""
    key = get_object_or_404(ApiKey, id=key_id, organisation__in=_within_reach(request))
    revoke_api_key(key=key, actor=actor_of(request))
    messages.success(request, _("密钥“{label}”已作废。").format(label=key.label))
    return redirect("institutions:api_keys")

"""The page of accounting records that are due at the record office."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from ..views import _whose, actor_of
from .accounting import custodies


@require_safe
def accounts(request: HttpRequest) -> HttpResponse:
    """What the accounting office holds, by fiscal year, and until when."""
    agency, _department = _whose(actor_of(request))
    return render(request, "capture/channels/accounts.html", {"whose": agency, "rows": custodies(agency.id)})

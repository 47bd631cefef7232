"""A hand-over as a package to take away, and the receipt to give back."""

from __future__ import annotations

import tempfile
from pathlib import Path
from uuid import UUID

from django.http import FileResponse, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_POST, require_safe

from lantai.institutions.api import actor_of
from lantai.ui.api import disposition

from . import selectors
from .exporting import export_handover, packed
from .receipts import issue_receipt


@require_POST
def package(request: HttpRequest, handover_id: UUID) -> FileResponse:
    """The package as one ZIP file; large ones are written to the carrier by ``lantai handover export``."""
    actor = actor_of(request)
    found = selectors.handover_for(actor, handover_id)
    kind = request.POST.get("kind", "dat93")
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "package"
        export_handover(handover=found, target=target, kind=kind, actor=actor)
        archive = packed(target)
    response = FileResponse(archive, content_type="application/zip")
    response["Content-Disposition"] = disposition("attachment", f"{found.title}.zip")
    return response


@require_safe
def receipt(request: HttpRequest, handover_id: UUID) -> HttpResponse:
    """The receipt of a decided hand-over."""
    found = selectors.handover_for(actor_of(request), handover_id)
    given = found.receipt or issue_receipt(found)
    response = JsonResponse(given, json_dumps_params={"ensure_ascii": False, "indent": 1})
    response["Content-Disposition"] = disposition("attachment", f"{found.title}接收回执.json")
    return response

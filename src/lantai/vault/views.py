"""Pages of the vault: health at a glance, and one object's life."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from lantai.core import jobs
from lantai.core.labels import role_labels
from lantai.core.ports import allows, require
from lantai.institutions.api import actor_of
from lantai.records.api import record_for
from lantai.ui.api import keyset_page

from . import selectors
from .attention import matters
from .models import Drill, Event
from .tabs import vault_tabs


@require_safe
def health(request: HttpRequest) -> HttpResponse:
    """How many objects, where their copies are, which are not known to be good and why."""
    actor, vault = actor_of(request), selectors.vault_health()
    context = {
        "tabs": vault_tabs("vault:health"),
        "drill": Drill.objects.order_by("-started_at").first(),
        "vault": vault,
        "matters": matters(vault),
        "page": keyset_page(selectors.unverified_copies(), request, order=("id",), size=20),
        "may_audit": allows(actor, "vault.audit"),
        "may_repair": allows(actor, "vault.repair"),
    }
    return render(request, "vault/health.html", context)


def _told(event: Event) -> str:
    """An event in words; the batch it came in is for the ledger, not for reading."""
    note = "" if event.note.startswith("batch:") else event.note
    return f"{event.get_kind_display()}：{note}" if note else str(event.get_kind_display())


@require_safe
def vault_object(request: HttpRequest, record_id: UUID) -> HttpResponse:
    """One object: its copies, versions, fixity and events."""
    row = selectors.object_for(record_id, actor_of(request))
    page = keyset_page(row.events.all(), request, order=("-at", "-id"), size=100)
    files, next_file = selectors.files_of(row, request.GET.get("after", ""))
    names = selectors.names_of(row)
    context = {
        "object": row,
        "record": row.record if row.record_id == record_id else None,
        "copies": selectors.copy_facts(row.copies.all()),
        "events": [
            {
                "text": _told(event),
                "at": event.at,
                "who": role_labels(event.role),
                "pending": event.outcome != "success",
            }
            for event in page.items
        ],
        "page": page,
        "files": [(file, names.get(file.path, "")) for file in files],
        "next_file": next_file,
    }
    return render(request, "vault/object.html", context)


@require_safe
def record_copies(request: HttpRequest, record_id: UUID) -> HttpResponse:
    """Fragment for the record's page: where its copies are and how they fare."""
    actor = actor_of(request)
    record_for(record_id, actor)
    row = selectors.object_of(record_id)
    copies = selectors.copy_facts(row.copies.all()) if row else []
    may_see_object = allows(actor, "vault.see_objects")
    context = {"object": row, "copies": copies, "record_id": record_id, "may_see_object": may_see_object}
    return render(request, "vault/record_copies.html", context)


@require_POST
def start_audit(request: HttpRequest) -> HttpResponse:
    """Has every copy on every store read again; the job's page shows how far it is."""
    actor = actor_of(request)
    require(actor, "vault.audit")
    return redirect("core:job", jobs.start("vault.audit", actor).id)


@require_POST
def start_repair(request: HttpRequest) -> HttpResponse:
    """Has every copy that is not good made again from one that is."""
    actor = actor_of(request)
    require(actor, "vault.repair")
    return redirect("core:job", jobs.start("vault.repair", actor).id)

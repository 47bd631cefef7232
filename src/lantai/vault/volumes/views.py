"""Pages of offline volumes: the register, one volume, its label."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lantai.core import jobs
from lantai.core.errors import LantaiError
from lantai.core.ports import allows, require
from lantai.institutions.api import actor_of
from lantai.ui.api import disposition, keyset_page

from ..tabs import vault_tabs
from . import registering, selectors
from .forms import DestroyForm, MakeForm, PlaceForm
from .jobs import image_folder
from .label import label_pdf
from .models import LIVE, OfflineVolume


@require_http_methods(["GET", "HEAD", "POST"])
def volumes(request: HttpRequest) -> HttpResponse:
    """The register; what waits for its inspection or its next issue; making new ones."""
    actor = actor_of(request)
    form = MakeForm(request.POST or None)
    if request.method == "POST":
        require(actor, "vault.make_volume")
        if form.is_valid():
            given = form.cleaned_data
            job = jobs.start(
                "vault.make_volumes",
                actor,
                medium=given["medium"],
                series=given["series"],
                share=given["share"],
                fonds=str(given["fonds"].id) if given["fonds"] else "",
            )
            return redirect("core:job", job.id)
    rows = selectors.volumes().order_by("-made_at", "-id")
    context = {
        "tabs": vault_tabs("vault:volumes"),
        "page": keyset_page(rows, request, order=("-made_at", "-id"), size=30),
        "held": rows.filter(state__in=LIVE).count(),
        "due": selectors.due_for_inspection().count(),
        "soon": selectors.due_soon().count(),
        "again": set(selectors.due_for_reissue().values_list("id", flat=True)),
        "today": timezone.localdate(),
        "form": form if allows(actor, "vault.make_volume") else None,
    }
    return render(request, "vault/volumes.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def volume(request: HttpRequest, number: str) -> HttpResponse:
    """One volume: what it holds, where it lies, how it fared; entering its place."""
    actor = actor_of(request)
    found = selectors.volume_by_number(number)
    given = {name: getattr(found, name) for name in ("place", "site", "holder", "note")}
    form = PlaceForm(request.POST or None, initial=given)
    if request.method == "POST" and form.is_valid():
        try:
            registering.register_volume(volume=found, actor=actor, **form.cleaned_data)
        except LantaiError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("已登记。这个卷现在算作一份副本。"))
            return redirect("vault:volume", number)
    return render(
        request, "vault/volume.html", _told(request, found, form), status=422 if form.errors else 200
    )


def _told(request: HttpRequest, found: OfflineVolume, form: PlaceForm) -> dict[str, object]:
    actor = actor_of(request)
    alive = found.state in LIVE
    return {
        "volume": found,
        "page": keyset_page(found.inspections.all(), request, order=("-at", "-id"), size=20),
        "erased": selectors.erased_since_sealed(found).count() if alive else 0,
        "is_due": alive and found.inspect_by <= timezone.localdate(),
        "successor": found.replaced_by.first(),
        "here": any(image_folder(found).glob("*.tar")),
        "form": form if alive and allows(actor, "vault.register_volume") else None,
        "may_inspect": allows(actor, "vault.inspect_volume"),
        "may_reissue": alive and allows(actor, "vault.make_volume"),
        "destroy_form": DestroyForm()
        if found.state == OfflineVolume.State.SUPERSEDED and allows(actor, "vault.register_volume")
        else None,
    }


@require_POST
def inspect_volume(request: HttpRequest, number: str) -> HttpResponse:
    """Has the image read back where it was written."""
    actor = actor_of(request)
    require(actor, "vault.inspect_volume")
    found = selectors.volume_by_number(number)
    return redirect("core:job", jobs.start("vault.inspect_volume", actor, number=found.number).id)


@require_POST
def reissue_volume(request: HttpRequest, number: str) -> HttpResponse:
    """Has the next issue made."""
    actor = actor_of(request)
    require(actor, "vault.make_volume")
    found = selectors.volume_by_number(number)
    return redirect("core:job", jobs.start("vault.reissue_volume", actor, number=found.number).id)


@require_POST
def destroy_volume(request: HttpRequest, number: str) -> HttpResponse:
    """Enters that the carrier is gone."""
    found = selectors.volume_by_number(number)
    form = DestroyForm(request.POST)
    if form.is_valid():
        registering.destroy_volume(volume=found, actor=actor_of(request), **form.cleaned_data)
        messages.success(request, _("已登记载体销毁。"))
    else:
        messages.error(request, _("请写明监销人。"))
    return redirect("vault:volume", number)


@require_safe
def volume_label(_request: HttpRequest, number: str) -> HttpResponse:
    """The label to print."""
    found = selectors.volume_by_number(number)
    response = HttpResponse(label_pdf(found), content_type="application/pdf")
    response["Content-Disposition"] = disposition("inline", f"{found.number}.pdf")
    return response

"""A village's own page of backups, made for a phone; and what an archive keeps for its villages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lantai.core.actors import Actor
from lantai.core.errors import Invalid, LantaiError
from lantai.core.numerals import read_count
from lantai.core.settings import MAX_UPLOAD_BYTES, VILLAGE_QUOTA_BYTES
from lantai.institutions.api import actor_of
from lantai.ui.api import disposition, keyset_page

from ..tabs import vault_tabs
from . import services
from .keeping import GivenFile
from .models import VillageBackup
from .receipt import receipt_pdf


def given_files(uploads: Sequence[UploadedFile[Any]]) -> list[GivenFile]:
    """Uploads as the service takes them."""
    return [GivenFile(upload.name or _("未命名"), _pieces(upload)) for upload in uploads]


def _pieces(upload: UploadedFile[Any]) -> Callable[[], Iterable[bytes]]:
    def pieces() -> Iterable[bytes]:
        upload.seek(0)
        return iter(partial(upload.read, 1 << 20), b"")

    return pieces


def check_length(request: HttpRequest) -> None:
    """Refuses what is too large before it is read.

    Raises:
        Invalid: it is over the limit of one upload.
    """
    announced = read_count(request.META.get("CONTENT_LENGTH") or "0", digits=18) or 0
    if announced > MAX_UPLOAD_BYTES.read():
        raise Invalid(
            _("一次上传最多 %(size)s MB，没有接收。") % {"size": MAX_UPLOAD_BYTES.read() // 10**6},
            remedy=_("请分几次传。"),
        )


@csrf_exempt  # the length is looked at before the body is; the token right after
@require_http_methods(["GET", "HEAD", "POST"])
def village_backups(request: HttpRequest) -> HttpResponse:
    """What is kept; for a village also the form to send more."""
    check_length(request)
    return _village_backups(request)


@csrf_protect
def _village_backups(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    villages = list(services.villages_for(actor))
    problem = ""
    if request.method == "POST":
        uploads = request.FILES.getlist("files")
        try:
            backup, _new = services.receive_backup(
                files=given_files(uploads),
                size_bytes=sum(upload.size or 0 for upload in uploads),
                title=request.POST.get("title", "")[:200],
                key=request.POST.get("key", "")[:200] or str(uuid4()),
                actor=actor,
                village_code=request.POST.get("village", ""),
            )
        except LantaiError as error:
            problem = str(error)
        else:
            messages.success(request, _("已收到并逐字节核对，回执已签章。"))
            return redirect("vault:village_backup", backup.id)
    rows = services.backups_for(actor)
    quota = VILLAGE_QUOTA_BYTES.read()
    context = {
        "villages": villages,
        "village": villages[0] if len(villages) == 1 else None,
        "chosen": request.POST.get("village", ""),
        "tabs": vault_tabs("vault:village_backups") if "preservation_archivist" in actor.roles else (),
        "page": keyset_page(rows, request, order=("-received_at", "-id"), size=30),
        "key": request.POST.get("key") or str(uuid4()),
        "title": request.POST.get("title", ""),
        "problem": problem,
        "quota": quota,
        "rooms": [(village, quota - services.room_left(village)) for village in villages],
    }
    return render(request, "vault/village_backups.html", context, status=422 if problem else 200)


@require_safe
def village_backup(request: HttpRequest, backup_id: UUID) -> HttpResponse:
    """One backup: its files, its receipt, taking it back."""
    actor = actor_of(request)
    backup = services.backup_for(backup_id, actor)
    own = services.villages_for(actor).filter(id=backup.village_id).exists()
    context = {
        "backup": backup,
        "own": own and backup.state == VillageBackup.State.KEPT,
        "may_withdraw": own
        and "record_archivist" in actor.roles
        and backup.state == VillageBackup.State.KEPT,
        "genuine": services.receipt_holds(backup),
    }
    return render(request, "vault/village_backup.html", context)


@require_safe
def village_receipt(request: HttpRequest, backup_id: UUID) -> HttpResponse:
    """The sealed receipt as PDF."""
    backup = services.backup_for(backup_id, actor_of(request))
    response = HttpResponse(receipt_pdf(backup), content_type="application/pdf")
    response["Content-Disposition"] = disposition("inline", _("备份回执 %s.pdf") % backup.title)
    return response


@require_POST
def village_files(request: HttpRequest, backup_id: UUID) -> HttpResponseBase:
    """Everything of a backup, as a ZIP."""
    actor = actor_of(request)
    return zip_response(services.backup_for(backup_id, actor), actor)


def zip_response(backup: VillageBackup, actor: Actor) -> FileResponse:
    """The files of a backup as a download."""
    response = FileResponse(services.take_back(backup=backup, actor=actor), content_type="application/zip")
    response["Content-Disposition"] = disposition("attachment", f"{backup.title}.zip")
    return response


@require_POST
def withdraw_village_backup(request: HttpRequest, backup_id: UUID) -> HttpResponse:
    """The village no longer wants it kept."""
    actor = actor_of(request)
    services.withdraw(backup=services.backup_for(backup_id, actor), actor=actor)
    messages.success(request, _("已撤回，各存储上的内容已删除。"))
    return redirect("vault:village_backup", backup_id)


@require_POST
def check_village_backups(request: HttpRequest) -> HttpResponse:
    """Reads kept backups again now, those unseen longest first."""
    result = services.check_backups(actor_of(request), limit=50)
    words = _("核对 %(checked)s 份备份，重写 %(mended)s 份副本。") % result
    (messages.error if result["lost"] else messages.success)(
        request, words + "；".join([_("已无完好副本：") + name for name in result["lost"]])
    )
    return redirect("vault:village_backups")

"""The page on which a clerk files mail, and a message as it is read."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePath
from typing import Any
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from lantai.core import settings as configuration
from lantai.core.errors import NotFound
from lantai.formats.api import show_message
from lantai.institutions.api import actor_of
from lantai.records import api as records
from lantai.records.api import document_path

from ..entry import entry_page, measured, sender_of
from ..fields import FilesField, SeveralFiles
from ..models import Submission
from ..services import receive_package
from .completing_forms import CompletingForm
from .mail import message_of
from .mail_showing import harmless


class MailForm(CompletingForm):
    """Messages and boxes of them."""

    files = FilesField(  # type: ignore[assignment]
        label=_("邮件文件"),
        widget=SeveralFiles(attrs={"accept": ".eml,.mbox,.mbx,.zip,message/rfc822,application/mbox"}),
        help_text=_("EML、mbox，或装有它们的 ZIP；可一次选多个。"),
        error_messages={
            "required": _("还没有选文件。"),
            "empty": _("有文件是空的（0 字节），请检查原文件。"),
        },
    )
    field_order = ("files", "title", "retention", "classification")


@measured
@require_http_methods(["GET", "HEAD", "POST"])
def mail(request: HttpRequest) -> HttpResponse:
    """Filing messages."""
    sender = sender_of(request)
    form = MailForm(request.POST or None, request.FILES or None, initial={"classification": "限制"})
    if form.is_valid():
        values = form.cleaned_data
        with _one(values["files"]) as package:
            received = receive_package(
                file=package,
                agency=sender.agency,
                channel=Submission.Channel.MAIL,
                key=values["key"],
                actor=sender.actor,
                title=values["title"] or PurePath(values["files"][0].name).stem,
                department=sender.department,
                described=form.described(),
            )
        return redirect("capture:submission", received.submission.id)
    return entry_page(request, "capture/channels/mail.html", {"form": form}, refused=bool(form.errors))


@require_safe
def message(request: HttpRequest, record_id: UUID) -> HttpResponse:
    """The HTML of a message, harmless: no script, nothing asked for anywhere, pictures from the message."""
    record = records.record_for(record_id, actor_of(request), "record.original")
    document = message_of(record)
    if document is None:
        raise NotFound(str(_("这件档案里没有邮件。")), subject=record.title)
    document.record = record
    shown = show_message(document_path(document))
    response = HttpResponse(harmless(shown.html, shown.pictures or {}))
    response["Content-Security-Policy"] = (
        "default-src 'none'; img-src data:; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'; "
        "frame-ancestors 'self'; sandbox"
    )
    response["Referrer-Policy"] = "no-referrer"
    response["X-DNS-Prefetch-Control"] = "off"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-cache"
    return response


@contextmanager
def _one(files: Sequence[UploadedFile[Any]]) -> Iterator[UploadedFile[Any] | Path]:
    """Several files as one package: the file itself where there is but one, else a folder of them."""
    if len(files) == 1:
        yield files[0]
        return
    with tempfile.TemporaryDirectory(dir=configuration.home() / "incoming", prefix="mail-") as work:
        package = Path(work) / "package"
        for number, upload in enumerate(files, 1):
            name = PurePath((upload.name or "").replace("\\", "/")).name or "message.eml"
            target = package / f"{number:04d}" / name
            target.parent.mkdir(parents=True)
            with target.open("xb") as stream:
                stream.writelines(upload.chunks(2**20))
        yield package

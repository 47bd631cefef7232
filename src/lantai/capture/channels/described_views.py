"""The pages on which a clerk files mail, captured pages and posts; and a message as it is read."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePath
from typing import Any
from uuid import UUID, uuid4

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_safe

from lantai.core import settings as configuration
from lantai.core.errors import LantaiError, NotFound
from lantai.formats.api import show_message
from lantai.records import api as records
from lantai.records.api import document_path

from .. import intake
from ..models import Submission
from ..services import receive_package
from ..views import _announced, _whose, actor_of
from .described_forms import MailForm, WebForm
from .mail import message_of
from .mail_showing import harmless
from .web import start_capture


@csrf_exempt  # the length is looked at before the body is; the token right after
@require_http_methods(["GET", "HEAD", "POST"])
def mail(request: HttpRequest) -> HttpResponse:
    """Filing messages."""
    intake.check_length(_announced(request))
    return _mail(request)


@csrf_protect
def _mail(request: HttpRequest) -> HttpResponse:
    agency, department = _whose(actor_of(request))
    form = MailForm(request.POST or None, request.FILES or None, initial=_fresh("限制"))
    if form.is_valid():
        values = form.cleaned_data
        with _one(values["files"]) as package:
            received = receive_package(
                file=package,
                agency=agency,
                channel=Submission.Channel.MAIL,
                key=values["key"],
                actor=actor_of(request),
                title=values["title"] or PurePath(values["files"][0].name).stem,
                department=department,
                described=form.described(),
            )
        return redirect("capture:submission", received.submission.id)
    return _form_page(request, "capture/channels/mail.html", form)


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def web(request: HttpRequest) -> HttpResponse:
    """Capturing addresses, or filing what was captured elsewhere."""
    intake.check_length(_announced(request))
    return _web(request)


@csrf_protect
def _web(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    agency, department = _whose(actor)
    form = WebForm(request.POST or None, request.FILES or None, initial=_fresh("公开"))
    if form.is_valid():
        values = form.cleaned_data
        if values["package"]:
            received = receive_package(
                file=values["package"],
                agency=agency,
                channel=Submission.Channel.WEB,
                key=values["key"],
                actor=actor,
                title=values["title"],
                department=department,
                described=form.described(),
            )
            return redirect("capture:submission", received.submission.id)
        try:
            job = start_capture(
                seeds=values["seeds"].splitlines(),
                bounds=form.bounds(),
                described=form.described(),
                agency=agency,
                actor=actor,
                title=values["title"],
                department=department,
            )
        except LantaiError as error:
            form.add_error("seeds", " ".join(filter(None, [error.subject, error.message, error.remedy])))
        else:
            return redirect("core:job", job.id)
    return _form_page(request, "capture/channels/web.html", form)


@require_safe
def message(request: HttpRequest, record_id: UUID) -> HttpResponse:
    """The HTML of a message, harmless: no script, nothing asked for anywhere, pictures from the message."""
    record = records.record_for(record_id, actor_of(request), "record.original")
    document = message_of(record)
    if document is None:
        raise NotFound(_("这件档案里没有邮件。"), subject=record.title)
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


def _form_page(request: HttpRequest, template: str, form: MailForm | WebForm) -> HttpResponse:
    agency, _department = _whose(actor_of(request))
    form.name_problems()
    context = {
        "form": form,
        "unprepared": not records.can_file(agency.id),
        "limit": configuration.MAX_UPLOAD_BYTES.read(),
    }
    return render(request, template, context, status=422 if form.errors else 200)


def _fresh(classification: str) -> dict[str, Any]:
    return {"key": str(uuid4()), "classification": classification}


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

"""What the pages share on which a record is described: its form, and the way in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Self

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from lantai.institutions.api import actor_of
from lantai.packages.api import Element

from ..channel_models import Upload
from ..entry import Sender, entry_page, sender_of
from ..fields import ClassificationField, DateField, KeyedForm, TermField
from ..models import Submission
from ..services import answer_again
from .api_upload import FinishedUpload, finished_upload, settle
from .described import Enclosure, NotAsAsked, receive_described

UPLOADED = "upload-"
"""How fields are called that name an upload in place of a file."""
Describe = Callable[[Any, Sender], tuple[Element, Sequence[Enclosure]]]


class DescribedForm(KeyedForm):
    """What is asked of every record: its title, its date, how long it is kept, who may see it."""

    title = forms.CharField(label=_("题名"), max_length=500)
    date = DateField(help_text=_("如 2026-06-02、2026年6月。"))
    retention = TermField()
    classification = ClassificationField()
    uploads: Sequence[Upload] = ()
    """Its files that came before it, piece by piece."""

    @classmethod
    def of(cls, request: HttpRequest, **options: Any) -> Self:
        """The form as it was sent; where ``upload-<field>`` names an upload, that is the field's file."""
        uploads = [
            (name.removeprefix(UPLOADED), finished_upload(actor_of(request), text))
            for name, texts in request.POST.lists()
            if name.startswith(UPLOADED)
            for text in texts
        ]
        for name, upload in uploads:
            if upload.submission_id is None:
                request.FILES.appendlist(name, FinishedUpload(upload))  # closed with the request
        form = cls(request.POST or None, request.FILES or None, **options)
        form.uploads = [upload for _name, upload in uploads]
        return form


def describe_page(
    request: HttpRequest, template: str, form: DescribedForm, describe: Describe, **context: Any
) -> HttpResponse:
    """The page of a form; where what was sent is right, the way to its submission.

    Args:
        request: what was asked.
        template: the page.
        form: as filled in.
        describe: makes the description and names its files.
        context: what else the page shows.
    """
    faults = []
    if handed_in := next((each.submission for each in form.uploads if each.submission), None):
        received = answer_again(handed_in, request.POST.get("key", ""))
        return redirect("capture:submission", received.submission.id)
    if form.is_bound and form.is_valid():
        try:
            return redirect("capture:submission", _receive(form, describe, sender_of(request)).id)
        except NotAsAsked as error:
            faults = list(error.findings)
    shown = {"form": form, "faults": faults, **context}
    return entry_page(request, template, shown, refused=bool(form.is_bound))


def _receive(form: DescribedForm, describe: Describe, sender: Sender) -> Submission:
    """Takes it in, and frees the room of its uploads."""
    root, enclosures = describe(form, sender)
    values = form.cleaned_data
    received = receive_described(
        root=root, enclosures=enclosures, sender=sender, key=values["key"], title=values["title"]
    )
    for upload in form.uploads:
        settle(upload, received.submission.id)
    return received.submission

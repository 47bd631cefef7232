"""What the pages share on which a record is described: its form, and the way in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from lantai.packages.api import Element

from ..entry import Sender, entry_page, sender_of
from ..fields import ClassificationField, DateField, KeyedForm, TermField
from .described import Enclosure, NotAsAsked, receive_described

Describe = Callable[[Any, Sender], tuple[Element, Sequence[Enclosure]]]


class DescribedForm(KeyedForm):
    """What is asked of every record: its title, its date, how long it is kept, who may see it."""

    title = forms.CharField(label=_("题名"), max_length=500)
    date = DateField(help_text=_("如 2026-06-02、2026年6月。"))
    retention = TermField()
    classification = ClassificationField()


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
    if form.is_bound and form.is_valid():
        sender = sender_of(request)
        root, enclosures = describe(form, sender)
        values = form.cleaned_data
        try:
            received = receive_described(
                root=root, enclosures=enclosures, sender=sender, key=values["key"], title=values["title"]
            )
            return redirect("capture:submission", received.submission.id)
        except NotAsAsked as error:
            faults = list(error.findings)
    shown = {"form": form, "faults": faults, **context}
    return entry_page(request, template, shown, refused=bool(form.is_bound))

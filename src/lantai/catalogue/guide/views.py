"""Pages of the guide: the desk where it is written, and the portal where it is read."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lantai.core.actors import Actor
from lantai.core.errors import LantaiError, NotFound
from lantai.core.ports import Scope, allows
from lantai.institutions.api import Organisation, actor_of
from lantai.records.api import Fonds
from lantai.ui.api import keyset_page, range_response

from . import selectors, services
from .models import GuideText
from .printing import guide_pdf
from .sections import propose_sections, sections_of

OWN = "archive"
"""Stands for the archive's own text where a fonds is named otherwise."""


@require_safe
def guide_desk(request: HttpRequest) -> HttpResponse:
    """The texts of one's archive and how far each has come."""
    actor = actor_of(request)
    archive = _archive(actor)
    page = keyset_page(Fonds.objects.filter(archive=archive), request, ("code", "id"))
    newest: dict[UUID | None, GuideText] = {}
    places: list[UUID | None] = [row.id for row in page.items]
    rows = GuideText.objects.filter(archive=archive).order_by("number")
    for text in rows.filter(fonds__in=places) | rows.filter(fonds=None):
        newest[text.fonds_id] = text
    context = {
        "archive": archive,
        "page": page,
        "own": newest.get(None),
        "waiting": selectors.to_approve(actor),
        "texts": [(fonds, newest.get(fonds.id)) for fonds in page.items],
        "published": selectors.published().filter(archive=archive).exists(),
    }
    return render(request, "catalogue/guide/desk.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def guide_edit(request: HttpRequest, place: str) -> HttpResponse:
    """One text: what the data propose, what was written, and its versions."""
    actor = actor_of(request)
    archive, fonds = _place(place, actor)
    text = services.latest(archive, fonds)
    error = ""
    written = text.sections if text else propose_sections(archive, fonds)
    if request.method == "POST":
        written = {section.key: request.POST.get(section.key, "") for section in sections_of(fonds)}
        try:
            text = services.save_text(archive=archive, fonds=fonds, sections=written, actor=actor)
            if sent := request.POST.get("then") == "submit":
                services.submit_text(text=text, actor=actor)
        except LantaiError as refused:
            error = str(refused)
        else:
            messages.success(request, _("已送审，由另一人审定。") if sent else _("已保存。"))
            return redirect("catalogue:guide_edit", place)
    proposed = propose_sections(archive, fonds)
    scope = Scope(custodian_id=archive.id)
    context: dict[str, Any] = {
        "archive": archive,
        "fonds": fonds,
        "place": place,
        "text": text,
        "error": error,
        "sections": [
            (section, _(section.name), _(section.hint), written.get(section.key, ""), proposed[section.key])
            for section in sections_of(fonds)
        ],
        "versions": GuideText.objects.filter(archive=archive, fonds=fonds).order_by("-number"),
        "writable": text is None or text.state != GuideText.State.SUBMITTED,
        "may_approve": text is not None
        and text.state == GuideText.State.SUBMITTED
        and text.edited_by != actor.id
        and allows(actor, services.APPROVE, scope),
    }
    return render(request, "catalogue/guide/edit.html", context, status=422 if error else 200)


@require_POST
def guide_decide(request: HttpRequest, text_id: UUID) -> HttpResponse:
    """Approves a version, or gives it back."""
    actor = actor_of(request)
    text = GuideText.objects.filter(id=text_id, archive=_archive(actor)).first()
    if text is None:
        raise NotFound(_("没有这一版馆藏指南。"))
    if request.POST.get("decision") == "approve":
        services.approve_text(text=text, actor=actor)
        messages.success(request, _("已审定，公众现在可以看到这一版。"))
    else:
        services.return_text(text=text, reason=request.POST.get("reason", ""), actor=actor)
        messages.success(request, _("已退回。"))
    return redirect("catalogue:guide_edit", str(text.fonds_id or OWN))


@require_safe
def guide(request: HttpRequest) -> HttpResponse:
    """The archives that published a guide; where there is one alone, its guide."""
    archives = list(selectors.archives_with_guide())
    if len(archives) == 1:
        return redirect("catalogue:guide_of", archives[0].id)
    return render(request, "catalogue/guide/archives.html", {"archives": archives})


@require_safe
def guide_of(request: HttpRequest, archive_id: UUID) -> HttpResponse:
    """One archive's guide: its own text, its fonds, and a search in both."""
    archive = selectors.archive_with_guide(archive_id)
    own, texts = selectors.published_of(archive)
    query = request.GET.get("q", "").strip()[:100]
    context = {
        "archive": archive,
        "query": query,
        "own": _told(own) if own and not query else [],
        "texts": selectors.find(archive, query) if query else texts,
        "total": len(texts),
    }
    return render(request, "catalogue/guide/guide.html", context)


@require_safe
def guide_entry(request: HttpRequest, archive_id: UUID, fonds_id: UUID) -> HttpResponse:
    """What the guide says of one fonds, with its contents beside it."""
    archive = selectors.archive_with_guide(archive_id)
    text = selectors.published().filter(archive=archive, fonds=fonds_id).first()
    if text is None:
        raise NotFound(_("馆藏指南里没有这个全宗。"))
    context = {"archive": archive, "text": text, "fonds": text.fonds, "sections": _told(text)}
    return render(request, "catalogue/guide/entry.html", context)


@require_safe
def guide_book(request: HttpRequest, archive_id: UUID) -> HttpResponseBase:
    """The guide as a book."""
    archive = selectors.archive_with_guide(archive_id)
    path = guide_pdf(archive)
    name = f"{archive.name}{_('馆藏指南')}.pdf"
    return range_response(request, path, None, "application/pdf", name, etag=path.stem)


def _told(text: GuideText) -> list[tuple[str, str, str]]:
    return [(section.key, _(section.name), words) for section, words in selectors.said(text)]


def _archive(actor: Actor) -> Organisation:
    found = Organisation.objects.filter(
        id__in=[actor.organisation_id], kind=Organisation.Kind.ARCHIVE
    ).first()
    if found is None:
        raise NotFound(_("馆藏指南由档案馆编写。"))
    return found


def _place(place: str, actor: Actor) -> tuple[Organisation, Fonds | None]:
    archive = _archive(actor)
    if place == OWN:
        return archive, None
    try:
        found = Fonds.objects.filter(id=UUID(place), archive=archive).first()
    except ValueError:
        found = None
    if found is None:
        raise NotFound(_("本馆没有这个全宗。"), remedy=_("请从“馆藏指南”一页进入。"))
    return archive, found

"""Pages of description: one unit, the templates, the vocabularies."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from lantai.core.errors import Invalid, LantaiError, NotFound
from lantai.core.language import gettext as _
from lantai.core.ports import Scope, allows
from lantai.institutions.api import Organisation, actor_of
from lantai.records.api import categories
from lantai.ui.api import disposition, keyset_page

from . import services, templates, vocabularies
from .elements import OBLIGATIONS, shipped_templates
from .forms import DescriptionForm, TermForm, TermsFileForm, VocabularyForm
from .models import Level, Template, Vocabulary
from .units import Unit, isad_of, unit_for

MOST_BYTES = 20 * 2**20


@require_http_methods(["GET", "HEAD", "POST"])
def describe(request: HttpRequest, level: str, unit_id: UUID) -> HttpResponse:
    """Describes one unit by the template of its category and level."""
    actor = actor_of(request)
    unit = unit_for(level, unit_id, actor)
    archive = unit.fonds.archive_id
    words = {
        row.vocabulary: vocabularies.suggestions(archive, row.vocabulary)
        for row in unit.asked.rows
        if row.vocabulary
    }
    form = DescriptionForm(request.POST or None, unit=unit, words=words)
    if request.method == "POST" and form.is_valid():
        try:
            services.describe_unit(
                unit=unit, changes=form.changes(), expected_changed_at=_seen(form), actor=actor
            )
        except LantaiError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("著录已保存，并记入存证。"))
            return redirect("catalogue:describe", level, unit_id)
    act = "records.edit" if level == Level.ITEM else services.ACT
    context = {
        "unit": unit,
        "level": Level(level).label,
        "form": form,
        "template_name": _(unit.asked.name),
        "missing": [_(name) for name in unit.missing],
        "fixed": [(_(name), unit.values[name]) for name in unit.values if name in unit.fixed],
        "isad": isad_of(unit),
        "may_describe": allows(actor, act, unit.scope),
        "parts": _documents(unit),
    }
    status = 422 if form.is_bound else 200
    return render(request, "catalogue/description/describe.html", context, status=status)


def _documents(unit: Unit) -> list[Any]:
    from lantai.records.api import Document

    return (
        list(Document.objects.filter(record_id=unit.id).order_by("sequence"))
        if unit.level == Level.ITEM
        else []
    )


def _seen(form: DescriptionForm) -> datetime | None:
    text = form.cleaned_data["changed_at"]
    try:
        return datetime.fromisoformat(text) if text else None
    except ValueError as error:
        raise Invalid(_("这个表单已经失效。"), remedy=_("请重新打开著录页面。")) from error


@require_safe
def template_list(request: HttpRequest) -> HttpResponse:
    """Every template: by level above the item, by category at it."""
    archive = _archive(request)
    own = set(Template.objects.filter(archive=archive).values_list("category", "level"))
    names = categories()
    shown = [
        {
            "title": _(shipped.name), "level": Level(level).label, "category": category, "code": level,
            "standard": shipped.standard or "DA/T 18-2022", "own": (category, level) in own,
        }
        for (category, level), shipped in shipped_templates().items()
    ]  # fmt: skip
    others = [
        {"title": name, "level": Level.ITEM.label, "category": code, "code": Level.ITEM.value, "standard": "",
         "own": (code, Level.ITEM.value) in own}
        for code, name in names.items()
        if (code, Level.ITEM.value) not in shipped_templates()
    ]  # fmt: skip
    context = {"templates": [*shown, *others]}
    return render(request, "catalogue/description/templates.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def template(request: HttpRequest, level: str, category: str = "") -> HttpResponse:
    """One template: which elements it asks for, how strictly, from which vocabulary."""
    actor, archive = actor_of(request), _archive(request)
    asked = templates.template_for(archive.id, category, level)
    problem = ""
    if request.method == "POST":
        try:
            templates.set_template(
                archive=archive, category=category, level=level, rows=_posted_rows(request, category, level), actor=actor
            )  # fmt: skip
        except LantaiError as error:
            problem = str(error)
        else:
            messages.success(request, _("模板已保存。以后著录按它检查。"))
            return redirect(request.path)
    kept = {row.name: row for row in asked.rows}
    rest = [element for element in templates.offered(category, level) if element.name not in kept]
    context = {
        "asked": asked,
        "level": Level(level).label,
        "category": categories().get(category, category),
        "rows": list(asked.rows),
        "rest": rest,
        "obligations": _obligations(),
        "vocabularies": Vocabulary.objects.filter(archive=archive),
        "may_set": allows(actor, templates.ACT, Scope(organisation_id=archive.id)),
        "problem": problem,
    }
    return render(request, "catalogue/description/template.html", context, status=422 if problem else 200)


def _obligations() -> list[tuple[str, str]]:
    return list(zip(OBLIGATIONS, (_("必著"), _("有则必著"), _("选著")), strict=True))


def _posted_rows(request: HttpRequest, category: str, level: str) -> list[dict[str, str]]:
    """The rows of the form, in the order of the numbers beside them; an element without obligation is left out."""
    rows = []
    for element in templates.offered(category, level):
        obligation = request.POST.get(f"obligation-{element.name}", "")
        if obligation:
            order = request.POST.get(f"order-{element.name}", "")
            rows.append((
                int(order) if order.isascii() and order.isdigit() else 10_000,
                {
                    "element": element.name, "obligation": obligation,
                    "vocabulary": request.POST.get(f"vocabulary-{element.name}", ""),
                    "default": request.POST.get(f"default-{element.name}", ""),
                },
            ))  # fmt: skip
    return [row for _order, row in sorted(rows, key=lambda pair: pair[0])]


@require_http_methods(["GET", "HEAD", "POST"])
def vocabulary_list(request: HttpRequest) -> HttpResponse:
    """The vocabularies, and a form for another."""
    actor, archive = actor_of(request), _archive(request)
    form = VocabularyForm(request.POST or None, instance=Vocabulary(archive=archive))
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            made = vocabularies.save_vocabulary(
                vocabulary=form.instance, name=values["name"], source=values["source"], closed=values["closed"],
                actor=actor,
            )  # fmt: skip
        except LantaiError as error:
            form.add_error("key", str(error))
        else:
            return redirect("catalogue:vocabulary", made.id)
    page = keyset_page(Vocabulary.objects.filter(archive=archive), request, ("key", "id"))
    context = {
        "page": page,
        "form": form,
        "may_edit": allows(actor, vocabularies.ACT, Scope(organisation_id=archive.id)),
    }
    return render(
        request, "catalogue/description/vocabularies.html", context, status=422 if form.is_bound else 200
    )


@require_http_methods(["GET", "HEAD", "POST"])
def vocabulary(request: HttpRequest, vocabulary_id: UUID) -> HttpResponse:
    """One vocabulary: its words by key, a form for one word, an import of many."""
    actor = actor_of(request)
    found = vocabulary_for(request, vocabulary_id)
    form, file_form = TermForm(), TermsFileForm()
    if request.method == "POST":
        form, file_form, done = _edit_terms(request, found)
        if done:
            return redirect("catalogue:vocabulary", found.id)
    beginning = request.GET.get("q", "").strip()
    terms = found.terms.select_related("preferred", "broader")
    page = keyset_page(terms.filter(word__startswith=beginning), request, ("word", "id"))
    context = {
        "vocabulary": found,
        "page": page,
        "beginning": beginning,
        "form": form,
        "file_form": file_form,
        "total": found.terms.count(),
        "may_edit": allows(actor, vocabularies.ACT, Scope(organisation_id=found.archive_id)),
    }
    status = 422 if form.is_bound or file_form.is_bound else 200
    return render(request, "catalogue/description/vocabulary.html", context, status=status)


def _edit_terms(request: HttpRequest, found: Vocabulary) -> tuple[TermForm, TermsFileForm, bool]:
    """Does what was posted: an import, a removal, or one word; answers the forms and whether it is done."""
    actor, rows, remove = actor_of(request), [], []
    form, file_form = TermForm(), TermsFileForm()
    if "remove" in request.POST:
        remove = [term.id for term in found.terms.filter(id__in=_keys(request.POST.getlist("remove")))]
    elif request.FILES:
        file_form = TermsFileForm(request.POST, request.FILES)
    else:
        form = TermForm(request.POST)
    bound = file_form if file_form.is_bound else form
    if bound.is_bound and not bound.is_valid():
        return form, file_form, False
    try:
        if file_form.is_bound:
            file = file_form.cleaned_data["file"]
            if file.size > MOST_BYTES:
                raise Invalid(_("文件超过 %(size)s MiB。") % {"size": MOST_BYTES // 2**20})
            rows = vocabularies.read_terms(file.read())
        elif form.is_bound:
            rows = [form.cleaned_data]
        done = vocabularies.put_terms(vocabulary=found, rows=rows, actor=actor, remove=remove)
    except LantaiError as error:
        bound.add_error(None, str(error))
        return form, file_form, False
    messages.success(
        request,
        _("新增 %(added)s 个词，修改 %(changed)s 个，未变 %(same)s 个。")
        % {"added": done.added, "changed": done.changed, "same": done.same},
    )
    return form, file_form, True


def _keys(texts: list[str]) -> list[UUID]:
    found = []
    for text in texts:
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return found


@require_safe
def vocabulary_csv(request: HttpRequest, vocabulary_id: UUID) -> HttpResponse:
    """The words as a table that can be imported again."""
    found = vocabulary_for(request, vocabulary_id)
    response = HttpResponse("\ufeff" + vocabularies.table_of(found), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = disposition("attachment", f"{found.name}.csv")
    return response


def vocabulary_for(request: HttpRequest, vocabulary_id: UUID) -> Vocabulary:
    """One vocabulary of the actor's archive."""
    found = Vocabulary.objects.filter(archive=_archive(request), id=vocabulary_id).first()
    if found is None:
        raise NotFound(_("没有这个词表。"), remedy=_("请从“词表”一页进入。"))
    return found


def _archive(request: HttpRequest) -> Organisation:
    found = vocabularies.archive_of(actor_of(request))
    if found is None:
        raise NotFound(_("您不属于任何档案馆或立档单位。"), remedy=_("请联系系统管理员。"))
    return found

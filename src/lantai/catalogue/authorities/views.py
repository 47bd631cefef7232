"""Pages of the authority file."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lantai.core.errors import Invalid, LantaiError, NotFound
from lantai.core.jobs import start
from lantai.core.language import gettext as _
from lantai.core.ports import Scope, allows, require
from lantai.institutions.api import Organisation, actor_of
from lantai.records.api import record_for, scope_of
from lantai.ui.api import keyset_page

from ..description.vocabularies import archive_of
from . import selectors, services
from .forms import AuthoritiesFileForm, AuthorityForm, RelationForm
from .importing import import_authorities, read_authorities
from .linking import LINK_ALL
from .models import Authority, AuthorityLink, AuthorityRelation

MOST_BYTES = 20 * 2**20


@require_safe
def authorities(request: HttpRequest) -> HttpResponse:
    """The authority file, narrowed by how a name begins."""
    actor, query = actor_of(request), request.GET.get("q", "").strip()
    kind = request.GET.get("kind", "")
    page = keyset_page(selectors.authorities_for(actor, query, kind), request, ("name", "id"))
    archive = archive_of(actor)
    context = {
        "page": page,
        "query": query,
        "kind": kind,
        "kinds": Authority.Kind.choices,
        "may_edit": archive is not None and allows(actor, services.ACT, Scope(organisation_id=archive.id)),
    }
    return render(request, "catalogue/authorities/list.html", context)


@require_safe
def authority(request: HttpRequest, authority_id: UUID) -> HttpResponse:
    """One authority record: names, dates, relations, versions, and its records by key."""
    actor = actor_of(request)
    found = selectors.authority_for(authority_id, actor)
    page = keyset_page(selectors.links_of(found, actor), request, ("-record_id", "id"))
    context = {
        "authority": found,
        "facts": [
            (_("区分"), found.qualifier), (_("代码"), found.code), (_("成立或出生"), found.started_text),
            (_("撤销或去世"), found.ended_text), (_("所在地或籍贯"), found.places),
        ],
        "names": found.names.all(),
        "relations": selectors.relations_of(found),
        "versions": found.versions.all()[:20],
        "page": page,
        "form": RelationForm(),
        "may_edit": allows(actor, services.ACT, Scope(organisation_id=found.archive_id)),
    }  # fmt: skip
    return render(request, "catalogue/authorities/authority.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, authority_id: UUID | None = None) -> HttpResponse:
    """Makes an authority record, or a new version of one."""
    actor = actor_of(request)
    found = (
        selectors.authority_for(authority_id, actor) if authority_id else Authority(archive=_archive(request))
    )
    form = AuthorityForm(request.POST or None, instance=found)
    if request.method == "POST" and form.is_valid():
        standing = (
            selectors.authority_for(authority_id, actor)
            if authority_id
            else Authority(archive=_archive(request))
        )
        try:
            saved = services.save_authority(
                authority=standing, values=form.values(), names=form.names(), reason=form.cleaned_data["reason"],
                actor=actor, expected_version=form.cleaned_data["version"] if authority_id else None,
            )  # fmt: skip
        except LantaiError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("规范记录已保存，这是第 %(n)s 版。") % {"n": saved.version})
            return redirect("catalogue:authority", saved.id)
    context = {"form": form, "authority": found if authority_id else None}
    return render(request, "catalogue/authorities/edit.html", context, status=422 if form.is_bound else 200)


@require_safe
def version(request: HttpRequest, authority_id: UUID, number: int) -> HttpResponse:
    """What an authority record said in one version, beside the one before it."""
    found = selectors.authority_for(authority_id, actor_of(request))
    rows = {row.number: row for row in found.versions.filter(number__in=(number, number - 1))}
    if number not in rows:
        raise NotFound(_("没有这一版。"), subject=found.name)
    before = rows[number - 1].content if number - 1 in rows else {}
    form = AuthorityForm(instance=found)
    labels = {name: form.fields[name].label for name in services.FIELDS}
    now = rows[number].content
    lines = [(labels[name], before.get(name, ""), now.get(name, "")) for name in services.FIELDS]
    lines.append((_("名称"), _names(before), _names(now)))
    context = {"authority": found, "version": rows[number], "lines": lines, "first": not before}
    return render(request, "catalogue/authorities/version.html", context)


def _names(content: dict[str, list[dict[str, str]]]) -> str:
    return "、".join(row["name"] for row in content.get("names", []))


@require_POST
def relate(request: HttpRequest, authority_id: UUID) -> HttpResponse:
    """Says how two stand to each other, or takes that back."""
    actor = actor_of(request)
    found = selectors.authority_for(authority_id, actor)
    if taken := request.POST.get("remove", ""):
        row = AuthorityRelation.objects.filter(id=_key(taken)).select_related("source", "target").first()
        if row is None or found.id not in (row.source_id, row.target_id):
            raise NotFound(_("没有这个关系。"), subject=found.name)
        services.unrelate(relation=row, actor=actor)
        return redirect("catalogue:authority", found.id)
    form = RelationForm(request.POST)
    if not form.is_valid():
        raise Invalid(_("请写另一条规范记录的名称，并选一种关系。"), subject=found.name)
    others = list(selectors.authorities_for(actor, form.cleaned_data["other"])[:2])
    exact = [one for one in others if one.name == form.cleaned_data["other"].strip()] or others
    if len(exact) != 1:
        raise NotFound(
            _("没有找到唯一的“%(name)s”。") % {"name": form.cleaned_data["other"]},
            remedy=_("请写全它的规范名称。"),
        )
    source, target, kind = form.ends(found, exact[0])
    values = form.cleaned_data
    services.relate(
        source=source,
        target=target,
        kind=kind,
        date_text=values["date_text"],
        note=values["note"],
        actor=actor,
    )
    messages.success(request, _("关系已记下。"))
    return redirect("catalogue:authority", found.id)


def _key(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise NotFound(_("没有这个关系。")) from error


@require_http_methods(["GET", "HEAD", "POST"])
def import_file(request: HttpRequest) -> HttpResponse:
    """Takes a table of authority records in, all or none."""
    actor, archive = actor_of(request), _archive(request)
    form = AuthoritiesFileForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            if file.size > MOST_BYTES:
                raise Invalid(_("文件超过 %(size)s MiB。") % {"size": MOST_BYTES // 2**20})
            done = import_authorities(
                archive=archive,
                rows=read_authorities(file.read()),
                kind=form.cleaned_data["kind"],
                actor=actor,
            )
        except LantaiError as error:
            form.add_error("file", str(error))
        else:
            counts = {"added": done.added, "changed": done.changed, "same": done.same}
            messages.success(
                request, _("新增 %(added)s 条，修改 %(changed)s 条，未变 %(same)s 条。") % counts
            )
            return redirect("catalogue:authorities")
    return render(
        request, "catalogue/authorities/import.html", {"form": form}, status=422 if form.is_bound else 200
    )


@require_POST
def link_all(request: HttpRequest) -> HttpResponse:
    """Has every record of the archive tied to who is named as responsible."""
    actor, archive = actor_of(request), _archive(request)
    require(
        actor, services.LINK, Scope(organisation_id=archive.id, custodian_id=archive.id), subject=archive.name
    )
    job = start(LINK_ALL, actor, archive_id=str(archive.id))
    return redirect("core:job", job.id)


@require_http_methods(["GET", "HEAD", "POST"])
def of_record(request: HttpRequest, record_id: UUID) -> HttpResponse:
    """Whom a record has to do with; ties and unties."""
    actor = actor_of(request)
    record = record_for(record_id, actor)
    if request.method == "POST":
        _tie(request, record.id)
        return redirect("catalogue:record_authorities", record.id)
    context = {
        "record": record,
        "links": selectors.authorities_of(record.id),
        "roles": AuthorityLink.Role.choices,
        "may_link": allows(actor, services.LINK, scope_of(record)),
    }
    return render(request, "catalogue/authorities/of_record.html", context)


def _tie(request: HttpRequest, record_id: UUID) -> None:
    actor = actor_of(request)
    if taken := request.POST.get("remove", ""):
        link = AuthorityLink.objects.filter(id=_key(taken), record_id=record_id).select_related(
            "record", "authority"
        )
        if found := link.first():
            services.unlink(link=found, actor=actor)
        return
    name = request.POST.get("name", "").strip()
    found_here = list(selectors.authorities_for(actor, name)[:2]) if name else []
    exact = [one for one in found_here if one.name == name] or found_here
    if len(exact) != 1:
        raise NotFound(
            _("规范档里没有找到唯一的“%(name)s”。") % {"name": name},
            remedy=_("请写全名称，或先建立规范记录。"),
        )
    role = request.POST.get("role", "")
    services.link_records(authority=exact[0], record_ids=[record_id], role=role, written=name, actor=actor)


def _archive(request: HttpRequest) -> Organisation:
    found = archive_of(actor_of(request))
    if found is None:
        raise NotFound(_("您不属于任何档案馆或立档单位。"), remedy=_("请联系系统管理员。"))
    return found

"""HTTP API of the authority file."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Schema, Status

from lantai.core.errors import NotFound
from lantai.core.language import gettext as _
from lantai.institutions.api import actor_of
from lantai.ui.api import keyset_page

from ..description.vocabularies import archive_of
from . import selectors, services
from .models import Authority

router = Router(tags=["catalogue"])


class NameIO(Schema):
    """One name: ``authorised``, ``former``, ``short`` or ``variant``."""

    name: str
    kind: str = "variant"
    since_text: str = ""
    until_text: str = ""


class AuthorityLine(Schema):
    """An authority record in a list."""

    id: UUID
    kind: str
    name: str
    qualifier: str
    started_text: str
    ended_text: str
    version: int


class RelationOut(Schema):
    """What another is to it."""

    kind: str
    other: UUID
    other_name: str
    date_text: str
    note: str


class AuthorityOut(AuthorityLine):
    """An authority record whole."""

    code: str
    history: str
    functions: str
    places: str
    sources: str
    names: list[NameIO]
    relations: list[RelationOut]


class AuthorityIn(Schema):
    """What it is to say; ``version`` as it was read, for one that stands."""

    kind: str
    name: str
    qualifier: str = ""
    code: str = ""
    started_text: str = ""
    ended_text: str = ""
    history: str = ""
    functions: str = ""
    places: str = ""
    sources: str = ""
    names: list[NameIO] = []
    reason: str = ""
    version: int | None = None


class AuthorityPage(Schema):
    """One page; ``next`` is given back as ``at`` for the following one."""

    items: list[AuthorityLine]
    next: str | None


@router.get(
    "catalogue/authorities", response=AuthorityPage, operation_id="catalogue.authorities", summary="规范档"
)
def list_authorities(request: HttpRequest, name: str = "", kind: str = "", at: str = "") -> dict[str, Any]:  # noqa: ARG001
    """Authority records, fifty a page; ``name`` is how any of the names begins."""
    page = keyset_page(selectors.authorities_for(actor_of(request), name, kind), request, ("name", "id"))
    return {"items": page.items, "next": page.next}


@router.get(
    "catalogue/authorities/{authority_id}", response=AuthorityOut, operation_id="catalogue.authority",
    summary="一条规范记录",
)  # fmt: skip
def get_authority(request: HttpRequest, authority_id: UUID) -> dict[str, Any]:
    """One authority record with its names and relations."""
    return _told(selectors.authority_for(authority_id, actor_of(request)))


@router.post(
    "catalogue/authorities", response={201: AuthorityOut}, operation_id="catalogue.add_authority",
    summary="建立规范记录",
)  # fmt: skip
def add_authority(request: HttpRequest, body: AuthorityIn) -> Status[Any]:
    """Makes an authority record in the caller's archive."""
    archive = archive_of(actor_of(request))
    if archive is None:
        raise NotFound(_("您不属于任何档案馆或立档单位。"), remedy=_("请联系系统管理员。"))
    return Status(201, _told(_save(request, Authority(archive=archive), body)))


@router.put(
    "catalogue/authorities/{authority_id}", response=AuthorityOut, operation_id="catalogue.edit_authority",
    summary="修改规范记录",
)  # fmt: skip
def put_authority(request: HttpRequest, authority_id: UUID, body: AuthorityIn) -> dict[str, Any]:
    """Makes a new version; the whole record is given."""
    return _told(_save(request, selectors.authority_for(authority_id, actor_of(request)), body))


def _save(request: HttpRequest, authority: Authority, body: AuthorityIn) -> Authority:
    names = [
        services.Name(row.name, row.kind, row.since_text, row.until_text)
        for row in body.names
        if row.kind != "authorised"
    ]
    values = {name: getattr(body, name) for name in services.FIELDS}
    return services.save_authority(
        authority=authority, values=values, names=names, reason=body.reason, actor=actor_of(request),
        expected_version=body.version,
    )  # fmt: skip


def _told(authority: Authority) -> dict[str, Any]:
    lines = ("id", "kind", "version", *services.FIELDS)
    return {
        **{name: getattr(authority, name) for name in lines},
        "names": list(authority.names.values("name", "kind", "since_text", "until_text")),
        "relations": [
            {
                "kind": words,
                "other": other.id,
                "other_name": other.name,
                "date_text": row.date_text,
                "note": row.note,
            }
            for row, words, other in selectors.relations_of(authority)
        ],
    }

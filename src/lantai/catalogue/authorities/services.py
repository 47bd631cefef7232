"""What is done with authority records: one function a use case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from lantai.core.actors import Actor
from lantai.core.dates import Certainty, parse_date
from lantai.core.errors import Conflict, Invalid
from lantai.core.events import publish
from lantai.core.language import gettext as _
from lantai.core.ports import Scope, require
from lantai.ledger.api import append
from lantai.records.api import Record, RecordsChanged, readable, scope_of

from .models import Authority, AuthorityLink, AuthorityName, AuthorityRelation, AuthorityVersion
from .names import fold

ACT = "catalogue.edit_authority"
LINK = "catalogue.link_authority"
FIELDS = (
    "kind", "name", "qualifier", "code", "started_text", "ended_text", "history", "functions", "places", "sources"
)  # fmt: skip
MOST_NAMES = 200


@dataclass(frozen=True, slots=True)
class Name:
    """A name besides the authorised one."""

    name: str
    kind: str = AuthorityName.Kind.VARIANT
    since_text: str = ""
    until_text: str = ""


@transaction.atomic
def save_authority(
    *, authority: Authority, values: Mapping[str, str], names: Sequence[Name], reason: str = "", actor: Actor,
    expected_version: int | None = None,
) -> Authority:  # fmt: skip
    """Makes an authority record or a new version of one.

    Args:
        authority: a new one with its archive, or one that stands.
        values: what it says, by field of :data:`FIELDS`; those not named stay.
        names: every name besides the authorised one.
        reason: why it changes, for its history.
        actor: who edits.
        expected_version: the version the editor saw.

    Raises:
        Conflict: somebody changed it meanwhile, or the archive has another of that name.
        Invalid: it has no name, a date cannot be read, or it ended before it began.
    """
    require(
        actor, ACT, Scope(organisation_id=authority.archive_id), subject=values.get("name", authority.name)
    )
    fresh = authority._state.adding
    if not fresh:
        standing = Authority.objects.select_for_update().get(id=authority.id)
        if expected_version not in (None, standing.version):
            raise Conflict(
                _("您打开之后，别人已修改过这条规范记录，您的修改没有保存。"), subject=standing.name,
                remedy=_("请核对最新内容，再保存一次。"),
            )  # fmt: skip
        authority = standing
    before = None if fresh else content_of(authority)
    _take(authority, values)
    _refuse_second(authority)
    authority.save(force_insert=fresh)
    _put_names(authority, names)
    after = content_of(authority)
    if before == after:
        return authority
    authority.version = 1 if fresh else authority.version + 1
    authority.changed_at, authority.changed_by, authority.changed_by_name = (
        timezone.now(),
        actor.id,
        actor.name,
    )
    authority.save()
    AuthorityVersion.objects.create(
        authority=authority, number=authority.version, content=after, reason=reason[:300],
        changed_at=authority.changed_at, changed_by=actor.id, changed_by_name=actor.name,
    )  # fmt: skip
    append(act=ACT, actor=actor, subject=f"authority:{authority.id}", before=before, after=after)
    return authority


def content_of(authority: Authority) -> dict[str, Any]:
    """All an authority record says, as its versions and the ledger have it."""
    relations = AuthorityRelation.objects.filter(source=authority).order_by("id")
    return {
        **{name: getattr(authority, name) for name in FIELDS},
        "names": list(authority.names.order_by("id").values("kind", "name", "since_text", "until_text")),
        "relations": [
            {"kind": kind, "target": str(target), "date_text": when, "note": note}
            for kind, target, when, note in relations.values_list("kind", "target_id", "date_text", "note")
        ],
    }


def _take(authority: Authority, values: Mapping[str, str]) -> None:
    for name in FIELDS:
        if name in values:
            setattr(authority, name, str(values[name]).strip())
    authority.name = authority.name[:200]
    if not fold(authority.name):
        raise Invalid(_("没有规范名称。"))
    if authority.kind not in Authority.Kind.values:
        raise Invalid(_("种类只能是机构或人物。"), subject=authority.name)
    authority.started = _day(authority.started_text, first=True)
    authority.ended = _day(authority.ended_text, first=False)
    if authority.started and authority.ended and authority.started > authority.ended:
        raise Invalid(_("撤销（去世）的日期早于成立（出生）。"), subject=authority.name)


def _day(text: str, *, first: bool) -> date | None:
    read = parse_date(text) if text else None
    if read is None or read.certainty is Certainty.UNKNOWN:
        return None
    return read.start if first else read.end


def _refuse_second(authority: Authority) -> None:
    same = Authority.objects.filter(
        archive_id=authority.archive_id,
        kind=authority.kind,
        name=authority.name,
        qualifier=authority.qualifier,
    ).exclude(id=authority.id)
    if same.exists():
        raise Conflict(
            _("规范档里已有这个名称。"), subject=authority.name, remedy=_("同名的请填“区分”，如地名或生年。")
        )


def _put_names(authority: Authority, names: Sequence[Name]) -> None:
    """Sets the names to exactly these, the authorised one among them."""
    if len(names) > MOST_NAMES:
        raise Invalid(_("一条规范记录最多 %(most)s 个名称。") % {"most": MOST_NAMES}, subject=authority.name)
    wanted = {fold(authority.name): Name(authority.name, AuthorityName.Kind.AUTHORISED)}
    for name in names:
        if name.kind not in AuthorityName.Kind.values:
            raise Invalid(_("没有“%(kind)s”这种名称。") % {"kind": name.kind}, subject=name.name)
        if fold(name.name):
            wanted.setdefault(fold(name.name), name)
    standing = {row.folded: row for row in authority.names.all()}
    authority.names.filter(folded__in=set(standing) - set(wanted)).delete()
    for folded, name in wanted.items():
        row = standing.get(folded) or AuthorityName(authority=authority, folded=folded)
        row.name, row.kind = name.name.strip()[:200], name.kind
        row.since_text, row.until_text = name.since_text[:60], name.until_text[:60]
        row.save()


@transaction.atomic
def relate(
    *, source: Authority, target: Authority, kind: str, date_text: str = "", note: str = "", actor: Actor
) -> AuthorityRelation:
    """Says how two stand to each other; both are told to the vault.

    Raises:
        Conflict: that is said already, or an earlier one would be its own successor.
        Invalid: it is one and the same, or the kind is none.
    """
    require(actor, ACT, Scope(organisation_id=source.archive_id), subject=source.name)
    if source.id == target.id or kind not in AuthorityRelation.Kind.values:
        raise Invalid(_("请选另一条规范记录和一种关系。"), subject=source.name)
    if AuthorityRelation.objects.filter(source=source, target=target, kind=kind).exists():
        raise Conflict(_("这个关系已经有了。"), subject=f"{source.name} {target.name}")
    if kind in (AuthorityRelation.Kind.EARLIER, AuthorityRelation.Kind.SUPERIOR) and _leads(
        target, source, kind
    ):
        raise Conflict(_("这样前后（上下）关系会绕成圈。"), subject=f"{source.name} {target.name}")
    made = AuthorityRelation.objects.create(
        source=source, target=target, kind=kind, date_text=date_text[:60], note=note[:300]
    )
    told = {
        "kind": kind,
        "source": str(source.id),
        "target": str(target.id),
        "date_text": date_text,
        "note": note,
    }
    for side in (source, target):
        append(act=ACT, actor=actor, subject=f"authority:{side.id}", after=told)
    return made


def _leads(start: Authority, end: Authority, kind: str) -> bool:
    """Whether one comes from ``start`` to ``end`` by relations of a kind."""
    reached, edge = {start.id}, {start.id}
    while edge:
        rows = AuthorityRelation.objects.filter(source__in=edge, kind=kind).values_list(
            "target_id", flat=True
        )
        edge = set(rows) - reached
        reached |= edge
    return end.id in reached


@transaction.atomic
def unrelate(*, relation: AuthorityRelation, actor: Actor) -> None:
    """Takes a relation back."""
    require(actor, ACT, Scope(organisation_id=relation.source.archive_id), subject=relation.source.name)
    sides = [relation.source_id, relation.target_id]
    before = {"kind": relation.kind, "source": str(sides[0]), "target": str(sides[1])}
    relation.delete()
    for side in sides:
        append(act=ACT, actor=actor, subject=f"authority:{side}", before=before)


@transaction.atomic
def link_records(
    *, authority: Authority, record_ids: Sequence[UUID], role: str, written: str = "", actor: Actor
) -> int:
    """Ties records to somebody; answers how many were not tied before. One ledger line.

    Raises:
        Forbidden: the actor may not describe one of them.
        Invalid: the role is none.
    """
    if role not in AuthorityLink.Role.values:
        raise Invalid(_("没有这种关联。"), subject=role)
    records = list(readable(Record.objects.select_related("scheme"), actor).filter(id__in=record_ids))
    for scope in {scope_of(record) for record in records}:
        require(actor, LINK, scope, subject=authority.name)
    tied = AuthorityLink.objects.filter(authority=authority, role=role, record__in=record_ids)
    known = set(tied.values_list("record_id", flat=True))
    fresh = [record for record in records if record.id not in known]
    AuthorityLink.objects.bulk_create(
        [
            AuthorityLink(
                record=record, authority=authority, role=role, written=written or record.responsible[:200]
            )
            for record in fresh
        ],
        batch_size=500,
    )
    if fresh:
        ids = tuple(record.id for record in fresh)
        append(
            act=LINK, actor=actor, subject=f"authority:{authority.id}", count=len(fresh),
            after={"role": role, "records": [str(key) for key in ids]},
        )  # fmt: skip
        publish(RecordsChanged(ids, "described"))
    return len(fresh)


@transaction.atomic
def unlink(*, link: AuthorityLink, actor: Actor) -> None:
    """Unties a record."""
    require(actor, LINK, scope_of(link.record), subject=link.authority.name)
    append(
        act=LINK, actor=actor, subject=f"authority:{link.authority_id}",
        before={"role": link.role, "records": [str(link.record_id)]},
    )  # fmt: skip
    record_id = link.record_id
    link.delete()
    publish(RecordsChanged((record_id,), "described"))

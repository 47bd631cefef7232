"""Institutional reform: planned by the archive, looked at, carried out by the security officer.

::

    plan_reform ─► preview ─► carry_out ─► Succession: rights, set-up, hand-over and plan follow
                       └─► withdraw_reform
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from lantai.core.actors import SYSTEM, Actor
from lantai.core.errors import Conflict, Forbidden, Invalid
from lantai.core.language import gettext as _
from lantai.core.ports import Scope, require
from lantai.institutions.api import (
    ApiKey,
    Grant,
    Organisation,
    Person,
    cede_departments,
    create_organisation,
    dissolve,
    rename_organisation,
)
from lantai.ledger.api import append
from lantai.records.api import ClassCount, Fonds, Scheme, change_fonds, create_fonds, create_scheme

from .authorities import ceded_in_words, tell_authorities
from .filing import Described, collect_paper
from .models import Reform
from .parties import Heir, Named, Parties, department_ids, name_parties, parties_of
from .printing import sheet_pdf

PLAN, CARRY_OUT = "catalogue.plan_reform", "catalogue.carry_out_reform"
Kind = Reform.Kind


@dataclass(frozen=True, slots=True)
class Effect:
    """What a reform does to one agency that it renames, ends or takes departments from."""

    organisation: Organisation
    fonds: list[Fonds]
    records: int
    departments: list[tuple[str, str]]
    people: int
    grants: int
    keys: int


@dataclass(frozen=True, slots=True)
class Preview:
    """What would happen, before it does."""

    effects: list[Effect]
    heirs: list[tuple[Heir, str]]
    """Each with its name; the first answers for the whole, where an agency ends."""


def plan_reform(
    *,
    archive: Organisation,
    kind: str,
    document: str,
    effective_on: date,
    parties: Parties,
    note: str = "",
    actor: Actor,
) -> Reform:
    """Writes a reform down; nothing changes yet.

    Raises:
        Forbidden: the actor does not keep this archive's fonds.
        Invalid: no document is named, or the parties contradict themselves.
    """
    require(actor, PLAN, Scope(custodian_id=archive.id), subject=archive.name)
    if not document.strip():
        raise Invalid(_("请填写依据文件的名称和文号。"))
    name_parties(archive, kind, parties)
    with transaction.atomic():
        made = Reform.objects.create(
            archive=archive,
            kind=kind,
            document=document.strip()[:300],
            effective_on=effective_on,
            note=note.strip(),
            parties=parties.as_dict(),
            planned_by=actor.id,
            planned_by_name=actor.name,
        )
        append(act=PLAN, actor=actor, subject=f"reform:{made.id}",
               after={"kind": kind, "document": made.document, "parties": made.parties})  # fmt: skip
    return made


def preview(reform: Reform) -> Preview:
    """What carrying it out would do, counted now.

    Raises:
        Invalid: it cannot be carried out any more: an agency changed since it was planned.
    """
    parties = parties_of(reform.parties)
    named = name_parties(reform.archive, reform.kind, parties)
    heirs = [(heir, row.name if row else heir.name) for heir, row in named.heirs]
    target = {key: name for heir, name in heirs for key in heir.departments}
    main = "" if reform.kind == Kind.CEDE else heirs[0][1] if heirs else parties.new_name
    return Preview([_effect(row, target, main) for row in named.predecessors], heirs)


def carry_out(*, reform: Reform, actor: Actor) -> Reform:
    """Has it take effect; by somebody else than who planned it, and not before its day.

    Raises:
        Forbidden: the actor planned it, or may not.
        Conflict: it is decided already, or its day has not come.
        Invalid: an agency changed since it was planned.
    """
    require(actor, CARRY_OUT, subject=reform.document)
    with transaction.atomic():
        held = _planned(reform)
        if held.planned_by == actor.id and "system" not in actor.roles:
            raise Forbidden(_("拟定人不能确认自己拟定的改革。"), subject=held.document)
        if held.effective_on > timezone.localdate():
            raise Conflict(
                _("还没有到生效日期 %(day)s。") % {"day": held.effective_on}, subject=held.document,
                remedy=_("请到那天再确认。"),
            )  # fmt: skip
        named = name_parties(held.archive, held.kind, parties_of(held.parties))
        held.result = _WORK[Kind(held.kind)](held, named, actor)
        held.state, held.decided_by, held.decided_by_name = Reform.State.DONE, actor.id, actor.name
        held.decided_at = timezone.now()
        held.save()
        append(act=CARRY_OUT, actor=actor, subject=f"reform:{held.id}", after=held.result)
        _file(held, actor)
        tell_authorities(held)
    return held


def withdraw_reform(*, reform: Reform, actor: Actor) -> None:
    """Gives up a plan.

    Raises:
        Conflict: it is decided already.
    """
    require(actor, PLAN, Scope(custodian_id=reform.archive_id), subject=reform.document)
    with transaction.atomic():
        held = _planned(reform)
        held.state = Reform.State.WITHDRAWN
        held.decided_by, held.decided_by_name, held.decided_at = actor.id, actor.name, timezone.now()
        held.save()
        append(act="catalogue.withdraw_reform", actor=actor, subject=f"reform:{held.id}")


def _planned(reform: Reform) -> Reform:
    held = Reform.objects.select_for_update(of=("self",)).select_related("archive").get(id=reform.id)
    if held.state != Reform.State.PLANNED:
        raise Conflict(
            _("这项改革“%(state)s”，不能再办。") % {"state": held.get_state_display()}, subject=held.document
        )
    return held


def _effect(row: Organisation, target: dict[str, str], main: str) -> Effect:
    """On an agency of which everything goes to a main heir, or only what goes to a target."""
    fonds = list(Fonds.objects.filter(creator=row).order_by("code"))
    records = ClassCount.objects.filter(fonds__in=fonds).aggregate(all=Sum("records"))["all"] or 0
    departments = [
        (department.name, target.get(str(department.id), main))
        for department in row.departments.order_by("code")
        if main or str(department.id) in target
    ]
    people = Person.objects.filter(organisation=row, active=True)
    if not main:
        moving = people.filter(department__in=department_ids(list(target)))
        return Effect(row, fonds, records, departments, moving.count(), grants=0, keys=0)
    now = timezone.now()
    return Effect(
        row,
        fonds,
        records,
        departments,
        people.count(),
        Grant.objects.filter(organisation=row, until__gt=now).count(),
        ApiKey.objects.filter(organisation=row, revoked_at=None, expires_at__gt=now).count(),
    )


def _rename(held: Reform, named: Named, actor: Actor) -> dict[str, Any]:
    """The agency and its fonds take the new name; the old one stays in their history."""
    agency = named.predecessors[0]
    name = parties_of(held.parties).new_name.strip()
    before = rename_organisation(organisation=agency, name=name, actor=actor)
    fonds = {}
    for row in Fonds.objects.filter(creator=agency):
        fonds[str(row.id)] = row.name
        row.name = row.name.replace(before, name)
        _note(row, _("%(day)s，依据%(document)s，%(before)s更名为%(after)s。") % {
            "day": held.effective_on, "document": held.document, "before": before, "after": name,
        })  # fmt: skip
    return {"names": [[before, name]], "fonds": fonds, "organisations": [str(agency.id)]}


def _succeed(held: Reform, named: Named, actor: Actor) -> dict[str, Any]:
    """Predecessors end, their fonds are closed, and heirs answer for them."""
    heirs = [(heir, row or _found(heir, named.predecessors[0])) for heir, row in named.heirs]
    main = heirs[0][1]
    result: dict[str, Any] = {
        "names": [],
        "fonds": {},
        "organisations": [str(row.id) for _heir, row in heirs],
    }
    counts = {"departments": 0, "people": 0, "keys": 0}
    told = "、".join(row.name for _heir, row in heirs)
    schemes = list(Scheme.objects.filter(fonds__creator=named.predecessors[0], year_to=None))
    for agency in named.predecessors:
        share = _shared(agency, heirs)
        done = dissolve(
            predecessor=agency, heirs=share, main=main,
            since=held.effective_on, basis=f"reform:{held.id}", actor=actor,
        )  # fmt: skip
        counts = {key: counts[key] + done[key] for key in counts}
        result["names"] += [[agency.name, row.name] for _heir, row in heirs]
        result["organisations"].append(str(agency.id))
        for fonds in Fonds.objects.filter(creator=agency):
            result["fonds"][str(fonds.id)] = fonds.name
            fonds.ended = fonds.ended or held.effective_on
            _note(fonds, _("%(day)s，依据%(document)s，%(agency)s撤销，由%(heirs)s承继。") % {
                "day": held.effective_on, "document": held.document, "agency": agency.name, "heirs": told,
            })  # fmt: skip
    for heir, row in heirs:
        if heir.fonds_code:
            _new_fonds(held, heir, row, schemes)
    return {**result, "counts": counts}


def _cede(held: Reform, named: Named, actor: Actor) -> dict[str, Any]:
    """Departments go over; the agency and its fonds go on."""
    heirs = [(heir, row or _found(heir, named.predecessors[0])) for heir, row in named.heirs]
    told = {row.id: row.name for _heir, row in heirs}
    result: dict[str, Any] = {"names": [], "ceded": [], "fonds": {}}
    counts = {"departments": 0, "people": 0}
    schemes = list(Scheme.objects.filter(fonds__creator=named.predecessors[0], year_to=None))
    for agency in named.predecessors:
        share = _shared(agency, heirs)
        names = dict(agency.departments.values_list("id", "name"))
        ceded = [(names[key], told[heir_id]) for heir_id, ids in share.items() for key in ids]
        done = cede_departments(
            predecessor=agency, heirs=share, since=held.effective_on, basis=f"reform:{held.id}", actor=actor
        )
        counts = {key: counts[key] + done[key] for key in counts}
        result["ceded"] += [[agency.name, department, heir] for department, heir in ceded]
        for fonds in Fonds.objects.filter(creator=agency):
            result["fonds"][str(fonds.id)] = fonds.name
            _note(fonds, ceded_in_words(held, ceded))
    for heir, row in heirs:
        if heir.fonds_code:
            _new_fonds(held, heir, row, schemes)
    concerned = [*(row.id for _heir, row in heirs), *(row.id for row in named.predecessors)]
    return {**result, "organisations": list(map(str, concerned)), "counts": counts}


_WORK = {Kind.RENAME: _rename, Kind.MERGE: _succeed, Kind.SPLIT: _succeed, Kind.CEDE: _cede}


def _shared(agency: Organisation, heirs: Sequence[tuple[Heir, Organisation]]) -> dict[UUID, list[UUID]]:
    """Which of an agency's departments go to each heir; those with none left out."""
    own = set(map(str, agency.departments.values_list("id", flat=True)))
    share = {row.id: department_ids([key for key in heir.departments if key in own]) for heir, row in heirs}
    return {key: ids for key, ids in share.items() if ids}


def _found(heir: Heir, like: Organisation) -> Organisation:
    """A new agency beside the one that ends. Founding it is part of the act the officer confirmed."""
    return create_organisation(
        region=like.region, kind=like.kind, name=heir.name, code=heir.code, parent=like.parent,
        archive=like.archive, actor=SYSTEM,
    )  # fmt: skip


def _new_fonds(held: Reform, heir: Heir, row: Organisation, schemes: list[Scheme]) -> None:
    """A fonds for what the heir will make, arranged as its predecessor's was."""
    fonds = create_fonds(
        fonds=Fonds(
            archive=held.archive, creator=row, code=heir.fonds_code, name=row.name, started=held.effective_on
        ),
        actor=SYSTEM,
    )
    for scheme in schemes:
        copied = {
            field.name: getattr(scheme, field.name)
            for field in Scheme._meta.concrete_fields
            if field.name not in ("id", "fonds", "year_from", "year_to")
        }
        create_scheme(scheme=Scheme(**copied, fonds=fonds, year_from=held.effective_on.year), actor=SYSTEM)


def _note(fonds: Fonds, sentence: str) -> None:
    fonds.history = f"{fonds.history.rstrip()}\n{sentence}".lstrip()
    change_fonds(fonds=fonds, actor=SYSTEM)


def _file(held: Reform, actor: Actor) -> None:
    """The reform lies in the file of every fonds it concerns."""
    ceded = [[f"{agency} {department}", heir] for agency, department, heir in held.result.get("ceded", ())]
    content = sheet_pdf(
        title=_("机构改革情况说明"),
        issuer=held.archive.name,
        facts=[
            (_("种类"), str(held.get_kind_display())),
            (_("依据文件"), held.document),
            (_("生效日期"), str(held.effective_on)),
            (_("说明"), held.note or "—"),
            (_("拟定"), held.planned_by_name),
            (_("确认"), held.decided_by_name),
        ],
        columns=[_("划出的处室"), _("划入单位")] if ceded else [_("原名称"), _("现名称或承继单位")],
        rows=ceded or held.result["names"],
        closing=_("承继只改变由谁负责，档案上的形成单位不变。"),
    )
    concerned = Fonds.objects.filter(creator__in=held.result["organisations"]).values_list("id", flat=True)
    title = f"{held.get_kind_display()}：{held.document}"
    for fonds_id in concerned:
        collect_paper(
            fonds_id=fonds_id, kind="reform", source=f"reform:{held.id}",
            described=Described(title, held.effective_on, held.archive.name), content=content, actor=actor,
        )  # fmt: skip

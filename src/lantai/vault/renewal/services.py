"""Planning, approving and carrying out a migration.

The original stays where it is. What a converter makes is inspected; only what passes is added to
the object as a new version, with an event that says which program made it from what.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path, PurePath
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, Max, OuterRef, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from lantai.core import jobs
from lantai.core.actors import Actor
from lantai.core.digests import digest_file
from lantai.core.errors import Conflict, Forbidden, Invalid, NotFound, Unavailable
from lantai.core.identifiers import new_id
from lantai.core.ports import require
from lantai.core.settings import home
from lantai.formats.api import Converter, Judged, convert, converter_named, format_registry
from lantai.ledger.api import append
from lantai.records.api import Document, DocumentRole

from ..content import open_document
from ..models import VaultObject
from ..versions import add_file
from .models import MigrationItem, MigrationPlan

JOB = "vault.migrate"


def propose_migration(
    *, family: str, converter: str, reason: str, actor: Actor, fonds_id: UUID | None = None
) -> MigrationPlan:
    """Lays a migration before whoever approves it.

    Raises:
        Forbidden: the actor may not.
        NotFound: there is no such converter.
        Invalid: no reason, or the converter does not take that family of formats.
        Unavailable: its program is not installed here.
    """
    require(actor, "vault.plan_migration")
    chosen = converter_named(converter)
    if not reason.strip():
        raise Invalid(_("请写明为什么要转换。"))
    if not _puids(family) & chosen.sources:
        raise Invalid(
            _("“%(family)s”不能转换为 %(target)s。") % {"family": family, "target": chosen.title},
            remedy=_("请在格式登记中查看适用的转换。"),
        )
    if not chosen.tool():
        raise Unavailable(
            _("本机没有安装转换为 %s 的程序。") % chosen.title,
            remedy=_("在 Debian 上安装 libreoffice-writer-nogui 后重试。"),
        )
    with transaction.atomic():
        plan = MigrationPlan.objects.create(
            family=family,
            converter=converter,
            fonds_id=fonds_id,
            reason=reason.strip(),
            proposed_by=actor.id,
            proposed_by_name=actor.name,
            proposed_at=timezone.now(),
        )
        append(act="vault.plan_migration", actor=actor, subject=f"migration:{plan.id}",
               after={"family": family, "converter": converter, "reason": plan.reason})  # fmt: skip
    return plan


def approve_migration(*, plan_id: UUID, actor: Actor, start: bool = True) -> MigrationPlan:
    """Approves a plan and starts it; without ``start`` the caller carries it out at once.

    Raises:
        Forbidden: the actor may not, or proposed it.
        NotFound: there is none.
        Conflict: it is approved already.
    """
    require(actor, "vault.approve_migration")
    with transaction.atomic():
        plan = MigrationPlan.objects.select_for_update().filter(id=plan_id).first()
        if plan is None:
            raise NotFound(_("没有这个转换方案。"))
        if plan.state != MigrationPlan.State.PROPOSED:
            raise Conflict(_("这个方案已经批准。"), subject=plan.family)
        if plan.proposed_by == actor.id and "system" not in actor.roles:
            raise Forbidden(_("拟定人不能批准自己的方案。"), subject=plan.family)
        plan.state, plan.approved_at = MigrationPlan.State.RUNNING, timezone.now()
        plan.approved_by, plan.approved_by_name = actor.id, actor.name
        plan.tool = converter_named(plan.converter).tool()
        plan.save()
        append(act="vault.approve_migration", actor=actor, subject=f"migration:{plan.id}")
        if start:
            jobs.start(JOB, actor, title=_title(plan), plan_id=str(plan.id))
    return plan


def _title(plan: MigrationPlan) -> str:
    return _("%(family)s 转换为 %(target)s") % {
        "family": plan.family,
        "target": converter_named(plan.converter).title,
    }


def _puids(family: str) -> frozenset[str]:
    return next((row.puids for row in format_registry() if row.family == family), frozenset())


def waiting_documents(plan: MigrationPlan) -> QuerySet[Document]:
    """Documents in the vault that the plan is for and that have neither a rendition nor a verdict yet."""
    chosen = converter_named(plan.converter)
    rows = Document.objects.filter(
        puid__in=_puids(plan.family) & chosen.sources,
        record__vault_object__state=VaultObject.State.HELD,
    ).exclude(role=DocumentRole.RENDITION)
    if not chosen.takes_pages:
        rows = rows.exclude(role=DocumentRole.PAGE_IMAGES)
    if plan.fonds_id:
        rows = rows.filter(record__fonds=plan.fonds_id)
    done = MigrationItem.objects.filter(document=OuterRef("pk"))
    made = done.filter(state=MigrationItem.State.MADE, plan__converter=plan.converter)
    return rows.exclude(Exists(made)).exclude(Exists(done.filter(plan=plan))).order_by("id")


def carry_out(plan: MigrationPlan, actor: Actor, observe: Callable[[], None]) -> dict[str, int]:
    """Converts what waits, one document a transaction, so that a killed process repeats nothing."""
    chosen, after = converter_named(plan.converter), None
    work = home() / "vault" / "migrating" / str(plan.id)
    shutil.rmtree(work, ignore_errors=True)  # what a killed process left
    while True:
        waiting = waiting_documents(plan)
        document = (waiting.filter(id__gt=after) if after else waiting).select_related("record").first()
        if document is None:
            break
        after = document.id
        work.mkdir(parents=True)
        try:
            _migrate(plan, document, chosen, work, actor)
        finally:
            shutil.rmtree(work)
        observe()
    MigrationPlan.objects.filter(id=plan.id).update(
        state=MigrationPlan.State.DONE, finished_at=timezone.now()
    )
    items = MigrationItem.objects.filter(plan=plan)
    return {state: items.filter(state=state).count() for state in MigrationItem.State.values}


def _migrate(plan: MigrationPlan, document: Document, chosen: Converter, work: Path, actor: Actor) -> None:
    try:
        target, judged = convert(chosen, open_document(document), work)
    except (Invalid, NotFound) as error:
        _note(plan, document, MigrationItem.State.FAILED, str(error))
        return
    if judged.faults:
        _note(plan, document, MigrationItem.State.FAILED, " ".join(judged.faults), told=judged.told)
        return
    _add(plan, document, chosen, target, judged, actor)


def _note(plan: MigrationPlan, document: Document, state: str, note: str, **values: object) -> None:
    MigrationItem.objects.create(
        plan=plan, document=document, state=state, note=note, at=timezone.now(), **values
    )


def _add(
    plan: MigrationPlan, document: Document, chosen: Converter, target: Path, judged: Judged, actor: Actor
) -> None:
    """The rendition as a document of the record and a file of a new version, in one transaction."""
    digests, key = digest_file(target), new_id()
    name = f"{PurePath(document.original_name).stem}{chosen.ending}"
    last = Document.objects.filter(record=document.record_id).aggregate(last=Max("sequence"))["last"] or 0
    made = Document(
        id=key,
        record_id=document.record_id,
        sequence=last + 1,
        role=DocumentRole.RENDITION,
        title=_("%(title)s（%(format)s）") % {"title": str(document), "format": chosen.title},
        original_name=name,
        original_name_b=os.fsencode(name),
        media_type=judged.examination.identification.mime,
        puid=judged.examination.identification.puid,
        format_name=judged.examination.identification.name,
        size_bytes=digests.size_bytes,
        sha256=digests.sha256,
        sha512=digests.sha512,
        sm3=digests.sm3,
        page_count=judged.examination.characteristics.pages or 0,
        location=f"documents/{key}{chosen.ending}",
    )
    note = f"{document.location} → {made.location} {plan.tool}"

    def settle() -> None:
        made.save(force_insert=True)
        _note(plan, document, MigrationItem.State.MADE, note, made=made, told=judged.told)
        append(act="vault.migrate", actor=actor, subject=f"record:{document.record_id}",
               after={"from": document.sha512, "to": made.sha512, "tool": plan.tool})  # fmt: skip

    add_file(document.record_id, made, target, actor=actor, note=note, settle=settle)

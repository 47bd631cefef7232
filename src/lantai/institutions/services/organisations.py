"""Regions, organisations and their departments."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from lantai.core.actors import Actor
from lantai.core.errors import Conflict, Invalid
from lantai.core.ports import require
from lantai.ledger import api as ledger

from ..divisions import check_below, significant
from ..models import Department, Organisation, Region

MANAGE = "institutions.manage_organisations"


@transaction.atomic
def create_region(*, name: str, division_code: str, parent: Region | None = None, actor: Actor) -> Region:
    """Adds a division to the tree.

    Raises:
        Invalid: the code is no division code, or does not lie below the parent's (GB/T 2260).
        Conflict: the code is taken.
    """
    require(actor, MANAGE, subject=name)
    path = significant(division_code)
    if parent is not None:
        check_below(division_code, parent.division_code)
    if Region.objects.filter(path=path).exists():
        raise Conflict(_("该行政区划代码已登记。"), subject=division_code)
    region = Region.objects.create(name=_filled(name), division_code=division_code, path=path, parent=parent)
    _note(actor, "institutions.create_region", f"region:{region.id}", name=name, code=division_code)
    return region


@transaction.atomic
def create_organisation(
    *,
    region: Region,
    kind: str,
    name: str,
    code: str,
    parent: Organisation | None = None,
    archive: Organisation | None = None,
    actor: Actor,
) -> Organisation:
    """Registers an archive, agency, village or supervisor.

    Raises:
        Invalid: the kind is unknown, or ``archive`` is not an archive.
        Conflict: the code is taken.
    """
    require(actor, MANAGE, subject=name)
    if kind not in Organisation.Kind.values:
        raise Invalid(_("不认识的机构类型。"), subject=kind, remedy="、".join(Organisation.Kind.values))
    if archive is not None and archive.kind != Organisation.Kind.ARCHIVE:
        raise Invalid(_("进馆单位必须是档案馆。"), subject=archive.name, remedy=_("请选择一家档案馆。"))
    if Organisation.objects.filter(code=code).exists():
        raise Conflict(_("该机构代码已登记。"), subject=code, remedy=_("请核对是否重复登记。"))
    organisation = Organisation.objects.create(
        region=region, kind=kind, name=_filled(name), code=_filled(code), parent=parent, archive=archive
    )
    subject = f"organisation:{organisation.id}"
    _note(actor, "institutions.create_organisation", subject, name=name, code=code, kind=kind)
    return organisation


@transaction.atomic
def create_department(
    *,
    organisation: Organisation,
    name: str,
    code: str,
    kind: str = Department.Kind.ORDINARY,
    actor: Actor,
) -> Department:
    """Adds a department; an organisation has at most one record office (档案室).

    Raises:
        Conflict: the code is taken, or there is a record office already.
    """
    require(actor, MANAGE, subject=name)
    there = Department.objects.filter(organisation=organisation)
    if there.filter(code=code).exists():
        raise Conflict(_("本单位已有此代码的处室。"), subject=code)
    if kind == Department.Kind.RECORD_OFFICE and there.filter(kind=kind).exists():
        raise Conflict(_("本单位已有档案室。"), subject=organisation.name)
    department = Department.objects.create(
        organisation=organisation, name=_filled(name), code=_filled(code), kind=kind
    )
    subject = f"department:{department.id}"
    _note(actor, "institutions.create_department", subject, name=name, code=code, kind=kind)
    return department


@transaction.atomic
def ensure_organisation(
    *,
    code: str,
    name: str,
    kind: str,
    division_code: str,
    region_name: str = "",
    organisation_id: UUID | None = None,
    archive_code: str = "",
    actor: Actor,
) -> Organisation:
    """The organisation with that code, created if the database does not know it.

    For rebuilding from the vault, where ``record.xml`` names organisations that a new database
    has never seen; ``organisation_id`` keeps the key it had. What exists is left as it is, save
    that an agency learns of its archive when that comes later.
    """
    require(actor, MANAGE, subject=code)
    archive = Organisation.objects.filter(code=archive_code).first() if archive_code else None
    known = Organisation.objects.filter(code=code).first()
    if known is not None:
        if known.archive is None and archive is not None:
            known.archive = archive
            known.save(update_fields=["archive"])
        return known
    region = Region.objects.filter(path=significant(division_code)).first() or create_region(
        name=region_name or division_code, division_code=division_code, actor=actor
    )
    organisation = create_organisation(
        region=region,
        kind=kind,
        name=name,
        code=code,
        archive=archive,
        actor=actor,
    )
    if organisation_id is not None:
        Organisation.objects.filter(id=organisation.id).update(id=organisation_id)
        organisation.id = organisation_id
    return organisation


@transaction.atomic
def ensure_department(
    *, organisation: Organisation, code: str, name: str, department_id: UUID | None = None, actor: Actor
) -> Department:
    """The department with that code, created if the database does not know it; for rebuilding.

    ``department_id`` keeps the key it had.
    """
    known = Department.objects.filter(organisation=organisation, code=code).first()
    if known is not None:
        return known
    made = create_department(organisation=organisation, code=code, name=name, actor=actor)
    if department_id is not None:
        Department.objects.filter(id=made.id).update(id=department_id)
        made.id = department_id
    return made


def _filled(text: str) -> str:
    if not text.strip():
        raise Invalid(_("名称和代码不能为空。"), remedy=_("请填写后再保存。"))
    return text.strip()


def _note(actor: Actor, act: str, subject: str, **after: Any) -> None:
    ledger.append(act=act, actor=actor, subject=subject, after=after)

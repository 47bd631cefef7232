"""Who calls the HTTP API, and for which agency."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils.translation import gettext as _

from lantai.core.actors import Actor
from lantai.core.errors import Forbidden, Invalid
from lantai.institutions.api import Department, Organisation


def actor(request: HttpRequest) -> Actor:
    """Who calls."""
    found: Actor = request.actor  # type: ignore[attr-defined]
    return found


def sender(request: HttpRequest, department_code: str = "") -> tuple[Organisation, Department | None]:
    """The caller's agency, and the department it names.

    Raises:
        Forbidden: the account or key belongs to no agency.
        Invalid: the agency has no such department.
    """
    own = actor(request).organisation_id
    agency = Organisation.objects.filter(id=own).first() if own else None
    if agency is None:
        raise Forbidden(_("这个账号或密钥不属于任何立档单位。"))
    code = department_code.strip()
    if not code:
        return agency, None
    department = Department.objects.filter(organisation=agency, code=code).first()
    if department is None:
        raise Invalid(_("本单位没有这个部门。"), subject=code, remedy=_("请填写部门代码，或不填。"))
    return agency, department

"""Reads: who is acting, which organisation is meant, what an officer reviews."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from django.db.models import F, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from lantai.core.actors import ANONYMOUS, Actor
from lantai.core.errors import NotFound

from .models import ApiKey, Appointment, Organisation, Person


def actor_of(request: HttpRequest) -> Actor:
    """Who makes the request, as the middleware found out."""
    actor: Actor = getattr(request, "actor", ANONYMOUS)
    return actor


def current_appointments(person: Person) -> QuerySet[Appointment]:
    """The roles a person holds now. One given for another organisation than the person's is asleep."""
    now = timezone.now()
    return person.appointments.filter(
        Q(until__isnull=True) | Q(until__gt=now),
        Q(organisation__isnull=True) | Q(organisation=F("person__organisation")),
        since__lte=now,
    )


def person_actor(person: Person, via: Literal["web", "api", "cli"] = "web") -> Actor:
    """The person as an actor, with the roles held now; without any, a member of the public."""
    roles = frozenset(current_appointments(person).values_list("role", flat=True)) if person.active else ()
    return Actor(
        id=str(person.id),
        name=person.full_name,
        roles=frozenset(roles or {"public"}),
        organisation_id=person.organisation_id,
        department_id=person.department_id,
        via=via,
    )


def api_key_actor(key: ApiKey) -> Actor:
    """The office system behind a key, acting for its agency."""
    return Actor(
        id=f"key:{key.prefix}",
        name=key.label,
        roles=frozenset({key.role}),
        organisation_id=key.organisation_id,
        via="api",
    )


def person_by_username(username: str) -> Person:
    """The account of that name.

    Raises:
        NotFound: there is none.
    """
    person = Person.objects.filter(username=username).first()
    if person is None:
        raise NotFound(
            _("没有这个账号。"), subject=username, remedy=_("运行 lantai people list 查看全部账号。")
        )
    return person


def organisation_by_code(code: str) -> Organisation:
    """The organisation with that code.

    Raises:
        NotFound: there is none.
    """
    organisation = Organisation.objects.filter(code=code).first()
    if organisation is None:
        raise NotFound(
            _("没有登记此机构代码。"), subject=code, remedy=_("请在“机构”页核对代码，或先登记该机构。")
        )
    return organisation


def archive_for(agency: Organisation) -> Organisation:
    """The archive that receives an agency's records: its own, or that of the nearest one above it.

    Raises:
        NotFound: no archive is named for it.
    """
    above: Organisation | None = agency
    while above is not None:
        if above.kind == Organisation.Kind.ARCHIVE:
            return above
        if above.archive is not None:
            return above.archive
        above = above.parent
    raise NotFound(
        _("没有为该单位指定进馆档案馆。"), subject=agency.name, remedy=_("请系统管理员在“机构”页指定。")
    )


def actor_names(actor_ids: set[str], *, with_accounts: bool = False) -> dict[str, str]:
    """Names for the ids in a history; keys and the platform are told as they are.

    Args:
        actor_ids: persons, keys, or the platform.
        with_accounts: whether to tell the accounts as well, for an auditor to tell namesakes apart.
    """
    people: set[UUID] = set()
    names = {"system": _("平台"), "anonymous": _("公众")}
    for actor_id in actor_ids - names.keys():
        try:
            people.add(UUID(actor_id))
        except ValueError:
            names[actor_id] = _("接口密钥 {prefix}").format(prefix=actor_id.removeprefix("key:"))
    told = "%(full_name)s（%(username)s）" if with_accounts else "%(full_name)s"
    rows = Person.objects.filter(id__in=people).values("id", "full_name", "username")
    return names | {str(row["id"]): told % row for row in rows}

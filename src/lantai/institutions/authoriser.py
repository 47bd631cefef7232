"""Answers the port ``Authoriser``: a role declared for the act, and within that role's reach."""

from __future__ import annotations

from uuid import UUID

from lantai.core.actors import Actor
from lantai.core.ports import Scope

from .declaration import declaration, permitted_roles
from .models import Organisation
from .rights import RECORD_ACTS, organisations_in_region_of, rights_of
from .roles import roles
from .succession import answers_for


class RoleAuthoriser:
    """Roles from ``config/access.toml``, reach from ``roles.toml``, rights from ``rights.toml`` and grants."""

    def allows(self, actor: Actor, act: str, scope: Scope) -> bool:
        """Whether the actor may do the act on what the scope describes.

        An act that is not declared is refused to everybody but the platform itself. The four
        acts on records ask for a right that the scope meets in full; other acts ask that no
        known part of the scope lies outside the reach of the role.
        """
        if "system" in actor.roles:
            return True
        held = permitted_roles(declaration().acts.get(act, frozenset()), actor)
        if not held:
            return False
        if act in RECORD_ACTS:
            return any(right.matches(scope) for right in rights_of(actor, act))
        return any(_reaches(role, actor, scope) for role in held)


def _reaches(role: str, actor: Actor, scope: Scope) -> bool:
    reach = roles()[role].reach if role in roles() else "none"
    if reach == "any":
        return True
    known = {scope.organisation_id, scope.custodian_id} - {None}
    if not known:
        return reach != "department" or _same_department(actor, scope)
    if actor.organisation_id is None:
        return False
    if reach == "custody":
        return _in_custody(actor.organisation_id, scope)
    if reach == "region":
        return bool(known & organisations_in_region_of(actor.organisation_id))
    whose = scope.organisation_id or scope.custodian_id
    own = actor.organisation_id == whose or whose in answers_for(actor.organisation_id)
    return own and (reach == "organisation" or _same_department(actor, scope))


def _same_department(actor: Actor, scope: Scope) -> bool:
    return None in (actor.department_id, scope.department_id) or actor.department_id == scope.department_id


def _in_custody(archive_id: UUID, scope: Scope) -> bool:
    """The archive keeps it, or, while nobody is named as keeper, receives it from that agency."""
    if scope.custodian_id is not None:
        return scope.custodian_id == archive_id
    if scope.organisation_id in {None, archive_id}:
        return True
    return Organisation.objects.filter(id__in=[scope.organisation_id], archive_id=archive_id).exists()

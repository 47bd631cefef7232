"""Who acts: a person in a role, an office system with a key, or the platform itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Actor:
    """The author of an act, as the ledger records it.

    Attributes:
        id: the person's UUID, ``key:<prefix>`` for an API key, ``system`` for the platform.
        name: the name shown to people; never written to the ledger's leaves.
        roles: keys of the roles held now, such as ``clerk`` (``institutions/data/roles.toml``).
        organisation_id: the agency, archive or village acted for, if any.
        department_id: the department within it, if any.
        via: the edge the act came through.
    """

    id: str
    name: str
    roles: frozenset[str]
    organisation_id: UUID | None = None
    department_id: UUID | None = None
    via: Literal["web", "api", "cli", "system"] = "system"

    @property
    def role(self) -> str:
        """The roles as one word for the ledger."""
        return "+".join(sorted(self.roles)) or "public"

    @property
    def is_anonymous(self) -> bool:
        """Whether this is a member of the public who did not log in."""
        return self.id == "anonymous"


SYSTEM = Actor(id="system", name="系统", roles=frozenset({"system"}))
"""The platform itself: scheduled jobs and command-line maintenance."""

ANONYMOUS = Actor(id="anonymous", name="公众", roles=frozenset({"public"}), via="web")
"""A member of the public who did not log in."""

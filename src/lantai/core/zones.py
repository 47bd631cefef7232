"""What this instance serves in its network (``LANTAI_ZONE``): roles, and of a role's pages which.

``data/zones.toml`` is the one place where this is said. It only ever takes away from what
``config/access.toml`` gives.
"""

from __future__ import annotations

import dataclasses
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from .actors import Actor
from .settings import ZONE

_FILE = Path(__file__).parent / "data" / "zones.toml"
Zones = Mapping[str, Mapping[str, tuple[str, ...]]]


@cache
def zones() -> Zones:
    """Names of pages and operations by role, by zone."""
    tables = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    return {zone: {role: tuple(names) for role, names in roles.items()} for zone, roles in tables.items()}


def serves(role: str, name: str) -> bool:
    """Whether this zone serves the role that page or operation; the platform itself is served everywhere."""
    served = zones().get(ZONE.read())
    if served is None or role == "system":
        return True
    return any(_fits(pattern, name) for pattern in served.get(role, ()))


def serves_anybody(name: str) -> bool:
    """Whether this zone serves anybody that page."""
    served = zones().get(ZONE.read())
    return served is None or any(serves(role, name) for role in served)


def within_zone(actor: Actor, name: str | None = None) -> Actor:
    """The actor with those roles alone that this zone serves, at all or on that page or operation."""
    served = zones().get(ZONE.read())
    if served is None:
        return actor
    if name is None:
        roles = actor.roles & (served.keys() | {"system"})
    else:
        roles = frozenset(role for role in actor.roles if serves(role, name))
    return actor if roles == actor.roles else dataclasses.replace(actor, roles=roles)


def admits(actor: Actor) -> bool:
    """Whether somebody with these roles has any business in this zone; who has no role yet may log in."""
    return not actor.roles or bool(within_zone(actor).roles)


def _fits(pattern: str, name: str) -> bool:
    return name.startswith(pattern[:-1]) if pattern.endswith("*") else name == pattern

"""Roles, their labels and what excludes what, from ``data/roles.toml``."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from django.utils.translation import gettext as _

from lantai.core.errors import Invalid
from lantai.core.settings import OFFICER_LABELS

DATA = Path(__file__).parent / "data"


@dataclass(frozen=True, slots=True)
class Role:
    """One role as declared.

    Attributes:
        key: stable word, as stored and declared.
        label: Chinese source string.
        kind: ``business``, ``officer`` or ``public``.
        reach: ``department``, ``organisation``, ``custody``, ``region`` or ``any``.
        reviews: roles whose log this role reads and reviews.
    """

    key: str
    label: str
    kind: str
    reach: str
    reviews: tuple[str, ...] = ()


@cache
def roles() -> Mapping[str, Role]:
    """Every role by its key, in the order of the data file."""
    rows = tomllib.loads((DATA / "roles.toml").read_text(encoding="utf-8"))["role"]
    declared = [Role(**{**row, "reviews": tuple(row.get("reviews", ()))}) for row in rows]
    labels = iter(OFFICER_LABELS.read())
    return {
        role.key: replace(role, label=next(labels, role.label)) if role.kind == "officer" else role
        for role in declared
    }


def keys_of(kind: str) -> frozenset[str]:
    """The keys of all roles of a kind."""
    return frozenset(role.key for role in roles().values() if role.kind == kind)


def role_label(key: str) -> str:
    """What people call the role; an unknown key is shown as it is."""
    if key == "system":
        return _("平台")
    return _(roles()[key].label) if key in roles() else key


def role_named(key: str) -> Role:
    """The role with that key.

    Raises:
        Invalid: there is none.
    """
    if key not in roles():
        raise Invalid(
            _("没有名为“{key}”的角色。").format(key=key),
            subject=key,
            remedy=_("可用的角色：{keys}。").format(keys="、".join(roles())),
        )
    return roles()[key]


def excluded_by(key: str, held: Iterable[str]) -> list[str]:
    """The roles among ``held`` that nobody may hold together with ``key``."""
    officers = keys_of("officer")
    business = keys_of("business")
    return sorted(
        other
        for other in set(held) - {key}
        if (key in officers and other in officers | business) or (other in officers and key in business)
    )


def expand(words: Iterable[str]) -> frozenset[str]:
    """Role keys for a list of words: ``staff`` and ``officers`` stand for their roles."""
    groups = {"staff": keys_of("business"), "officers": keys_of("officer")}
    return frozenset().union(*(groups.get(word, {word}) for word in words))

"""The declaration of access: who may open which page, call which operation, do which act.

``config/access.toml`` is the one place where this is said. What is not there is refused.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.conf import settings

from lantai.core.actors import Actor
from lantai.core.errors import Invalid
from lantai.core.language import gettext as _

from .roles import expand, roles

WORDS = frozenset({"anyone", "signed_in", "staff", "officers"})
"""Groups beside the role keys: everybody, everybody with an account, business roles, the three officers."""


@dataclass(frozen=True, slots=True)
class Declaration:
    """The three tables of ``access.toml``, each from a name to role keys and groups."""

    pages: Mapping[str, frozenset[str]]
    operations: Mapping[str, frozenset[str]]
    acts: Mapping[str, frozenset[str]]

    def opens(self, actor: Actor, page: str) -> bool:
        """Whether the actor may open the page with that URL name."""
        return permits(self.pages.get(page, frozenset()), actor)

    def answers(self, actor: Actor, operation: str) -> bool:
        """Whether the actor may call the API operation."""
        return permits(self.operations.get(operation, frozenset()), actor)


def permits(words: frozenset[str], actor: Actor) -> bool:
    """Whether one of the actor's roles is among the declared words."""
    if "anyone" in words or ("signed_in" in words and not actor.is_anonymous):
        return True
    return bool(expand(words) & actor.roles)


def permitted_roles(words: frozenset[str], actor: Actor) -> frozenset[str]:
    """The roles of the actor that the words permit; ``anyone`` permits all of them."""
    return actor.roles if "anyone" in words else expand(words) & actor.roles


def read_declaration(path: Path) -> Declaration:
    """Reads the file and checks every word in it.

    Raises:
        Invalid: the file names a role or group that does not exist.
    """
    tables = tomllib.loads(path.read_text(encoding="utf-8"))
    known = WORDS | roles().keys()
    for table in tables.values():
        for name, words in table.items():
            if unknown := set(words) - known:
                raise Invalid(
                    _("权限声明中有不认识的角色：%(sorted)s。") % {"sorted": "、".join(sorted(unknown))},
                    subject=name,
                    remedy=_("请使用 roles.toml 中的角色，或 anyone、signed_in、staff、officers。"),
                )
    return Declaration(
        *({name: frozenset(words) for name, words in tables.get(key, {}).items()} for key in _TABLES)
    )


_TABLES = ("pages", "operations", "acts")


@cache
def declaration() -> Declaration:
    """The declaration in force."""
    return read_declaration(Path(settings.ACCESS_DECLARATION))

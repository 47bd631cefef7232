"""What people call acts, what acts are done to, and the roles that act.

Every context names its own acts in ``data/acts.toml``: ``[acts]`` by key, ``[subjects]`` by the word
before the colon of a subject (``submission:…``). Roles are named above core, by the institutions.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

from django.apps import apps

from .language import gettext as _

_role_labels: list[Callable[[str], str]] = []


def act_label(act: str, count: int = 1) -> str:
    """The act in words; done to many records at once, it says to how many."""
    words = _(_declared("acts")[act]) if act in _declared("acts") else act
    return words if count == 1 else _("%(act)s（同批 %(count)s 件）") % {"act": words, "count": count}


def subject_label(subject: str) -> str:
    """What an act was done to: the kind in words, and its identifier."""
    kind, colon, key = subject.partition(":")
    return f"{_(_declared('subjects')[kind])} {key}" if colon and kind in _declared("subjects") else subject


def role_labels(role: str) -> str:
    """The roles of a ledger line (``clerk+record_archivist``) in words."""
    name = _role_labels[0] if _role_labels else str
    return "、".join(name(key) for key in role.split("+"))


def register_role_label(name: Callable[[str], str]) -> None:
    """Names who knows what a role is called; the last registered answers."""
    _role_labels[:] = [name]


def named_acts() -> frozenset[str]:
    """Every act that has a label."""
    return frozenset(_declared("acts"))


@cache
def _declared(table: str) -> Mapping[str, str]:
    """One table of every context's file; the source strings."""
    found: dict[str, str] = {}
    for context in apps.get_app_configs():
        file = Path(context.path) / "data" / "acts.toml"
        if context.name.startswith("lantai.") and file.is_file():
            found |= tomllib.loads(file.read_text(encoding="utf-8")).get(table, {})
    return found

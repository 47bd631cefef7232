"""Navigation: what stands in a face's header, as far as the reader's roles reach.

``faces`` registers the entries from its data file; whoever builds a page later adds one line.
An entry whose page does not exist in this installation is left out, never shown dead.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext

from lantai.core.actors import Actor
from lantai.core.zones import serves, serves_anybody

Face = Literal["portal", "desk"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a face's navigation.

    Attributes:
        face: the header it stands in.
        label: Chinese source string, translated when shown.
        url_name: name of the page, such as ``records:list``.
        order: position, small first.
        roles: role keys that see it; empty for everybody who may open the face.
        group: Chinese source string; entries of one group are one link in the header, and tabs on their pages.
    """

    face: Face
    label: str
    url_name: str
    order: int
    roles: frozenset[str] = frozenset()
    group: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """An entry as it is drawn: its words, its address, whether the reader stands there."""

    label: str
    url: str
    current: bool


_entries: dict[tuple[str, str, str], Entry] = {}


def register_navigation(
    face: Face, label: str, url_name: str, order: int, roles: Iterable[str] = (), group: str = ""
) -> None:
    """Adds an entry to a face's header; the same label for the same page replaces its entry."""
    _entries[face, url_name, label] = Entry(face, label, url_name, order, frozenset(roles), group)


def links(face: Face, actor: Actor, path: str) -> list[Link]:
    """What ``actor`` sees in the header of ``face`` while standing at ``path``.

    The entry with the longest address that ``path`` lies under is the current one.
    """
    reachable = _reachable(face, actor)
    here = max((url for _, url in reachable if _lies_under(path, url)), key=len, default=None)
    groups: dict[str, list[tuple[Entry, str]]] = {}
    for entry, url in reachable:
        groups.setdefault(entry.group or url, []).append((entry, url))
    return [
        Link(
            gettext(first.group if len(members) > 1 else first.label), url, here in {at for _, at in members}
        )
        for members in groups.values()
        for first, url in members[:1]
    ]


def beside(face: Face, actor: Actor, path: str) -> tuple[str, list[tuple[str, str, bool]]] | None:
    """The group whose page is at ``path``: its name, and words, address and whether it is this one of each page.

    ``None`` for a page that is alone for ``actor``, or lies below one of them: that has crumbs.
    """
    reachable = _reachable(face, actor)
    group = next((entry.group for entry, url in reachable if url == path and entry.group), "")
    pages = [(gettext(entry.label), url, url == path) for entry, url in reachable if entry.group == group]
    return (gettext(group), pages) if group and len(pages) > 1 else None


def _reachable(face: Face, actor: Actor) -> list[tuple[Entry, str]]:
    return [
        (entry, url)
        for entry in sorted(_entries.values(), key=lambda entry: (entry.order, entry.url_name))
        if entry.face == face
        and (not entry.roles or any(serves(role, entry.url_name) for role in entry.roles & actor.roles))
        and (url := address_of(entry.url_name))
    ]


def address_of(url_name: str, *args: object) -> str:
    """The address of a page, or nothing where this installation has no such page, or its network serves nobody."""
    if not serves_anybody(url_name):
        return ""
    try:
        return reverse(url_name, args=args)
    except NoReverseMatch:
        return ""


def _lies_under(path: str, url: str) -> bool:
    return path == url or (url not in {"/", "/desk/"} and path.startswith(url.rstrip("/") + "/"))

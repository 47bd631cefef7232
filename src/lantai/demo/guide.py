"""Publishing the guide to the holdings (《档案馆馆藏指南》, S17): written by one, approved by another."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from functools import cache

from lantai.catalogue.api import approve_text, propose_sections, published_of, save_text, submit_text
from lantai.institutions.api import Organisation
from lantai.records.api import Fonds

from .region import DATA
from .settlement import actor_in


@cache
def own_words() -> dict[str, dict[str, str]]:
    """What each archive says of itself, by its code and the key of the section."""
    return tomllib.loads((DATA / "guide.toml").read_text(encoding="utf-8"))


def publish_guides(told: Callable[[int, int], None]) -> None:
    """Writes, submits and approves what is not published yet, for every archive that has words of its own."""
    places = [(archive, fonds) for archive in _archives() for fonds in (None, *_fonds_of(archive))]
    for done, (archive, fonds) in enumerate(places, 1):
        _publish(archive, fonds)
        told(done, len(places))


def _archives() -> list[Organisation]:
    return list(Organisation.objects.filter(code__in=own_words()).order_by("code"))


def _fonds_of(archive: Organisation) -> list[Fonds]:
    rows = Fonds.objects.filter(archive=archive, creator__kind="agency").select_related("creator")
    return list(rows.order_by("code"))


def _publish(archive: Organisation, fonds: Fonds | None) -> None:
    own, of_fonds = published_of(archive)
    if own if fonds is None else any(text.fonds_id == fonds.id for text in of_fonds):
        return
    writer, approver = (actor_in(role, archive) for role in ("receiving_archivist", "preservation_archivist"))
    sections = propose_sections(archive, fonds)
    if fonds is None:
        sections |= {key: words.strip() for key, words in own_words()[archive.code].items()}
    text = save_text(archive=archive, fonds=fonds, sections=sections, actor=writer)
    submit_text(text=text, actor=writer)
    approve_text(text=text, actor=approver)

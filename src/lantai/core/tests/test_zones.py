"""A zone takes away roles and pages, and never gives any."""

import dataclasses
import tomllib
from pathlib import Path

import pytest

from lantai.core import zones
from lantai.core.actors import ANONYMOUS, SYSTEM, Actor

LANTAI = Path(zones.__file__).parents[1]
CLERK = Actor(id="1", name="林岚", roles=frozenset({"clerk", "reviewer"}), via="web")


def _named(table):
    access = tomllib.loads((LANTAI / "config" / "access.toml").read_text(encoding="utf-8"))
    return access[table].keys()


def test_every_zone_names_roles_and_pages_that_exist():
    roles = tomllib.loads((LANTAI / "institutions" / "data" / "roles.toml").read_text(encoding="utf-8"))
    known = {role["key"] for role in roles["role"]} if "role" in roles else roles.keys()
    names = _named("pages") | _named("operations")
    assert zones.zones().keys() == {"archive", "government", "official", "public"}
    for served in zones.zones().values():
        assert served.keys() <= known
        for pattern in {pattern for patterns in served.values() for pattern in patterns}:
            assert any(zones._fits(pattern, name) for name in names), pattern


@pytest.mark.parametrize(
    ("zone", "roles"),
    [
        ("all", {"clerk", "reviewer"}),
        ("archive", {"reviewer"}),
        ("government", {"clerk"}),
        ("official", set()),
        ("public", {"clerk"}),
    ],
)
def test_a_zone_leaves_the_roles_it_serves(monkeypatch, zone, roles):
    monkeypatch.setenv("LANTAI_ZONE", zone)
    assert zones.within_zone(CLERK).roles == roles
    assert zones.admits(CLERK) == bool(roles)
    assert zones.within_zone(ANONYMOUS) == ANONYMOUS
    assert zones.within_zone(SYSTEM) == SYSTEM


def test_the_internet_serves_a_clerk_the_phone_form_and_little_else(monkeypatch):
    monkeypatch.setenv("LANTAI_ZONE", "public")
    assert zones.within_zone(CLERK, "capture:village").roles == {"clerk"}
    for name in ("records:list", "capture:submit", "capture.submit", "institutions:people"):
        assert not zones.within_zone(CLERK, name).roles
    assert zones.serves_anybody("capture:village")
    assert zones.admits(dataclasses.replace(CLERK, roles=frozenset()))
    for role in ("preservation_archivist", "system_officer", "record_archivist"):
        assert not zones.admits(dataclasses.replace(CLERK, roles=frozenset({role})))

"""Somebody who can write everywhere: each forgery is caught by audit or reconcile, and the object is named."""

import os
import shutil
from pathlib import Path

import pytest

from lantai.core.actors import SYSTEM
from lantai.ledger.api import sequence_pending, write_evidence
from lantai.records.api import Record
from lantai.vault.api import add_version, audit, reconcile, repair
from lantai.vault.models import Copy, VaultObject

from .factories import ingest_now, records
from .test_reconciling import STORES, forge, place

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("S45")]


@pytest.fixture
def vault():
    rows = records(3)
    ingest_now(rows)
    Record.objects.filter(id=rows[0].id).update(title="更正")
    add_version([rows[0].id], SYSTEM, "更正")
    sequence_pending()
    write_evidence()
    return list(VaultObject.objects.filter(record__in=rows).order_by("record_id"))


def named_by_audit():
    return {path for key in STORES for path, _why in audit(key).findings}


def named_by_reconcile():
    """Object paths, and whatever a finding on a batch names."""
    return " ".join(f"{finding.subject} {finding.detail}" for finding in reconcile().findings)


def everything(key, row):
    return {
        path.relative_to(place(key, row)): path.read_bytes()
        for path in place(key, row).rglob("*")
        if path.is_file()
    }


def another_valid_object(vault):
    shutil.rmtree(place("backup-far", vault[1]))
    shutil.copytree(place("backup-far", vault[2]), place("backup-far", vault[1]))


def the_same_object_forged(vault):
    forge(place("backup-far", vault[1]))


def two_objects_in_each_others_place(vault):
    one, other = place("use", vault[1]), place("use", vault[2])
    aside = Path(f"{one}.aside")
    one.rename(aside), other.rename(one), aside.rename(other)


@pytest.mark.parametrize(
    "attack", [another_valid_object, the_same_object_forged, two_objects_in_each_others_place]
)
def test_an_object_replaced_by_another_valid_one_is_named_and_made_good(vault, attack):
    before = {(key, row.id): everything(key, row) for key in STORES for row in vault}
    attack(vault)
    assert vault[1].object_path in named_by_audit()
    assert vault[1].object_path in named_by_reconcile()
    done = repair()
    assert (done.losses, done.disputed) == ([], [])
    assert {(key, row.id): everything(key, row) for key in STORES for row in vault} == before
    assert reconcile().findings == []


@pytest.mark.parametrize("forged", [("use",), ("use", "backup-near"), STORES])
@pytest.mark.parametrize("victim", [0, 1])
def test_rewriting_inventory_and_database_alike_is_caught_and_never_spread(vault, forged, victim):
    """The first object is in its second version, the others in their first."""
    row = vault[victim]
    for key in forged:
        digest = forge(place(key, row))
    VaultObject.objects.filter(id=row.id).update(inventory_sha512=digest)
    honest = [key for key in STORES if key not in forged]
    before = {key: everything(key, row) for key in honest}
    assert row.object_path in named_by_audit() or not honest
    told = named_by_reconcile()
    assert row.object_id in told
    if honest:
        assert row.object_path in told
        done = repair()
        assert (done.repaired, done.disputed) == (0, [row.object_path])
        assert {key: everything(key, row) for key in honest} == before
        assert set(Copy.objects.filter(object=row, store__in=honest).values_list("state", flat=True)) == {
            "damaged"
        }


def test_files_and_objects_under_names_that_are_not_utf8_are_told_by_audit_and_reconcile(vault):
    odd = os.fsdecode(b"\xd5\xfe\xb8\xae")
    (place("use", vault[1]) / "v1" / "content" / odd).write_bytes(b"x")
    shutil.copytree(place("use", vault[2]), place("use", vault[2]).parent / odd)
    found = audit("use")
    assert [path for path, _why in found.findings] == [vault[1].object_path]
    assert found.strays[0].endswith("\\xd5\\xfe\\xb8\\xae")
    assert reconcile().objects_count > 0

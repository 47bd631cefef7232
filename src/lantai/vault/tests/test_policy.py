"""What protects a record is what its policy asks for, counted from verified copies."""

from datetime import timedelta

import pytest
import typer
from django.utils import timezone
from typer.testing import CliRunner

from lantai.core import cli
from lantai.core.actors import SYSTEM, Actor
from lantai.core.errors import Forbidden, Invalid
from lantai.ledger.api import Entry
from lantai.vault import commands
from lantai.vault.models import Copy, CopyPolicy
from lantai.vault.policy import PolicyTerms, set_policy
from lantai.vault.protection import shortfalls
from lantai.vault.selectors import vault_health

from .factories import ingest_now, records

pytestmark = pytest.mark.django_db


def _short():
    return {row.scope: row for row in shortfalls()}


@pytest.mark.requirement("Z30")
def test_without_a_rule_every_declared_store_must_hold_a_verified_copy():
    ingest_now(records(2))
    assert vault_health().protected == 2
    Copy.objects.filter(id=Copy.objects.filter(store="backup-far").first().id).update(state="missing")
    (row,) = shortfalls()
    assert (row.missing, row.unverified, row.unprotected) == (1, 0, 1)
    assert vault_health().unprotected == 1


@pytest.mark.requirement("Z30")
def test_an_object_is_protected_by_what_its_rule_asks_for_and_says_why_it_is_not():
    ingest_now(records(1))
    set_policy(terms=PolicyTerms(2, elsewhere=1, recheck_days=30, within_days=1), actor=SYSTEM)
    far, near = Copy.objects.filter(store="backup-far"), Copy.objects.filter(store="backup-near")
    near.update(state="damaged")
    assert vault_health().unprotected == 0
    near.update(state="verified")
    far.update(state="pending")
    assert _short()["全部档案"].misplaced == 1
    near.update(state="pending")
    assert _short()["全部档案"].unverified == 1
    Copy.objects.update(state="verified", verified_at=timezone.now() - timedelta(days=31))
    row = _short()["全部档案"]
    assert (row.overdue, row.unprotected, row.late) == (1, 1, 0)
    far.first().object.__class__.objects.update(created_at=timezone.now() - timedelta(days=2))
    assert _short()["全部档案"].late == 1


def test_the_rule_for_a_fonds_goes_before_the_general_one():
    rows = records(1)
    ingest_now(rows)
    set_policy(terms=PolicyTerms(3), actor=SYSTEM)
    set_policy(terms=PolicyTerms(1), actor=SYSTEM, fonds_id=rows[0].fonds_id)
    Copy.objects.exclude(store="use").update(state="missing")
    assert [row.objects_count for row in shortfalls()] == [1, 0, 0]
    assert vault_health().unprotected == 0


def test_a_rule_is_versioned_and_told_in_the_ledger():
    set_policy(terms=PolicyTerms(3), actor=SYSTEM)
    set_policy(terms=PolicyTerms(2), actor=SYSTEM)
    assert list(CopyPolicy.objects.order_by("version").values_list("version", "copies")) == [(1, 3), (2, 2)]
    assert CopyPolicy.objects.filter(ended_at=None).count() == 1
    assert Entry.objects.filter(act="vault.set_policy").count() == 2


def test_a_rule_the_stores_cannot_meet_is_refused():
    with pytest.raises(Invalid, match="副本策略"):
        set_policy(terms=PolicyTerms(4), actor=SYSTEM)
    with pytest.raises(Invalid):
        set_policy(terms=PolicyTerms(3, elsewhere=2), actor=SYSTEM)


def test_a_clerk_decides_on_no_copies():
    with pytest.raises(Forbidden):
        set_policy(terms=PolicyTerms(1), actor=Actor("somebody", "某人", frozenset()))


@pytest.mark.parametrize("typed", [["--copies", "0"], ["--elsewhere", "1"], ["--fonds", "J001"]])
def test_a_rule_that_is_none_is_refused_on_the_command_line(typed):
    app = typer.Typer()
    commands.register(app)
    done = CliRunner().invoke(app, ["vault", "policy", *typed], catch_exceptions=False)
    assert done.exit_code == cli.FINDINGS
    assert "副本" in done.stderr or "--copies" in done.stderr
    assert not CopyPolicy.objects.exists()

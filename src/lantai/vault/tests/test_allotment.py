"""Each object goes to the stores its rule asks for; a rule that moves adds copies, and leaves what was written."""

import shutil

import pytest
from django.test import TestCase
from hypothesis import given
from hypothesis import strategies as st

from lantai.core.actors import SYSTEM
from lantai.core.jobs.models import Job
from lantai.core.settings import home
from lantai.ledger.api import sequence_pending
from lantai.records.api import Record
from lantai.records.tests.factories import fonds, scheme
from lantai.vault import allotment, policy
from lantai.vault.allotment import allot
from lantai.vault.api import add_version, audit, erase, finish_erasures, rebuild, reconcile, replicate
from lantai.vault.jobs import catch_up
from lantai.vault.models import Batch, Copy, VaultObject
from lantai.vault.policy import PolicyTerms, chosen_stores, set_policy
from lantai.vault.protection import shortfalls
from lantai.vault.selectors import vault_health
from lantai.vault.stores import StoreFacts, configuration_file, open_store

from .factories import document, ingest_now, record, records
from .test_rebuild import empty_database  # noqa: F401

pytestmark = pytest.mark.django_db
STORES = ("use", "backup-near", "backup-far")


def standing(row):
    """Where the bytes of a record's object really lie."""
    path = VaultObject.objects.get(record_id=row.id).object_path
    return [key for key in STORES if list(open_store(key).object_files(path).paths())]


def told(row):
    return dict(Copy.objects.filter(object__record_id=row.id).values_list("store", "state"))


def of_rule(scope):
    return next(row for row in shortfalls() if scope in row.scope)


@pytest.mark.requirement("Z30")
def test_records_of_one_ingest_go_each_where_its_own_rule_asks():
    far, near = fonds("J008"), fonds("J009")
    photographs = scheme(category="ZP", name="照片档案", fonds=fonds(), template="dat22.item.unit")
    set_policy(terms=PolicyTerms(2, elsewhere=1), actor=SYSTEM, fonds_id=far.id)
    set_policy(terms=PolicyTerms(2, other_medium=1), actor=SYSTEM, fonds_id=near.id)
    set_policy(terms=PolicyTerms(1), actor=SYSTEM, category="ZP")
    one, other = record(document(), fonds_id=far.id), record(document(), fonds_id=near.id)
    photograph, usual = record(document(), scheme_id=photographs.id), record(document())
    entry = record(fonds_id=far.id, title="目录条目")
    done = ingest_now([one, other, photograph, usual, entry])
    assert len(done.record_ids) == 5
    assert Batch.objects.filter(id__in=done.batch_ids).count() == 4
    assert standing(one) == ["use", "backup-far"]
    assert standing(other) == ["use", "backup-near"]
    assert standing(photograph) == ["use"]
    assert standing(usual) == list(STORES)
    segment = entry.vault_entry.segment
    assert set(segment.copies.values_list("store", flat=True)) == {"use", "backup-far"}
    assert vault_health().unprotected == 0
    assert [audit(key).is_clean for key in STORES] == [True] * 3
    assert reconcile().findings == []


def test_all_batches_of_an_ingest_stand_or_none_does():
    set_policy(terms=PolicyTerms(1), actor=SYSTEM, fonds_id=fonds("J008").id)
    rows = [record(document(), fonds_id=fonds("J008").id), record(document())]

    def refuse(_ids):
        raise RuntimeError("the caller changed its mind")

    with pytest.raises(RuntimeError):
        ingest_now(rows, settle=refuse)
    assert not VaultObject.objects.exists()
    assert [list(open_store(key).object_paths()) for key in STORES] == [[], [], []]


@pytest.mark.requirement("Z30")
def test_a_rule_that_asks_for_more_adds_copies_and_protects_only_when_they_are_verified():
    rows = records(2)
    set_policy(terms=PolicyTerms(1), actor=SYSTEM)
    ingest_now(rows)
    set_policy(terms=PolicyTerms(3, elsewhere=1), actor=SYSTEM)
    assert of_rule("全部档案").missing == 2
    catch_up()
    assert Job.objects.filter(kind="vault.replicate").count() == 1
    assert (told(rows[0])["backup-far"], of_rule("全部档案").missing) == ("pending", 2)
    with TestCase.captureOnCommitCallbacks(execute=True):
        assert [replicate(key).copies for key in STORES] == [0, 2, 2]
    assert standing(rows[0]) == list(STORES)
    assert of_rule("全部档案").unprotected == 0
    assert reconcile().findings == []


@pytest.mark.requirement("Z30")
def test_a_rule_that_asks_for_less_leaves_what_was_written_and_says_so():
    rows = records(2)
    ingest_now(rows)
    Copy.objects.filter(object__record_id=rows[1].id, store="backup-far").update(version=0, state="pending")
    set_policy(terms=PolicyTerms(2), actor=SYSTEM)
    assert (allot().withdrawn, allot().withdrawn) == (1, 0)
    assert set(told(rows[0])) == set(STORES)
    assert standing(rows[0]) == list(STORES)
    rule = of_rule("全部档案")
    assert (rule.unprotected, rule.surplus) == (0, 1)
    assert {finding.kind for finding in reconcile().findings} == {"extra"}  # the one nobody tells of


@pytest.mark.requirement("Z30")
def test_a_store_left_out_for_a_while_is_given_what_was_written_meanwhile():
    declared = configuration_file()
    whole = declared.read_text()
    before = records(1)[0]
    ingest_now([before])
    allot()
    declared.write_text(whole.rpartition("[[store]]")[0])
    meanwhile = records(1)[0]
    ingest_now([meanwhile])
    assert set(told(meanwhile)) == {"use", "backup-near"}
    declared.write_text(whole)
    assert vault_health().unprotected == 1
    catch_up()
    assert Job.objects.filter(kind="vault.replicate").count() == 1
    assert replicate("backup-far").copies == 1
    assert standing(meanwhile) == standing(before) == list(STORES)
    assert reconcile().findings == []


def test_versions_and_tombstones_go_where_the_object_stands():
    rows = [record(document(), fonds_id=fonds("J008").id), record(document())]
    set_policy(terms=PolicyTerms(2, elsewhere=1), actor=SYSTEM, fonds_id=fonds("J008").id)
    ingest_now(rows)
    Record.objects.update(title="更正后的题名")
    with TestCase.captureOnCommitCallbacks(execute=True):
        add_version([row.id for row in rows], SYSTEM, "更正")
    assert standing(rows[0]) == ["use", "backup-far"]
    assert set(Copy.objects.values_list("version", "state")) == {(2, "verified")}
    assert reconcile().findings == []
    erase([rows[0].id], kind="disposal", basis="disposal:x", actor=SYSTEM)
    with TestCase.captureOnCommitCallbacks(execute=True):
        finish_erasures(SYSTEM)
    assert set(told(rows[0])) == set(STORES)  # a tombstone stands everywhere
    assert [audit(key).is_clean for key in STORES] == [True] * 3
    assert reconcile().findings == []


def test_a_record_that_changes_its_class_is_allotted_anew():
    row = records(1)[0]
    set_policy(terms=PolicyTerms(1), actor=SYSTEM)
    set_policy(terms=PolicyTerms(3), actor=SYSTEM, category="KJ")
    ingest_now([row])
    project = scheme(category="KJ", name="科技档案", fonds=row.fonds)
    Record.objects.filter(id=row.id).update(scheme=project)
    assert allot().added == 2
    assert (of_rule("KJ").missing, set(told(row))) == (1, set(STORES))


def test_places_are_computed_and_named_ones_are_held_to():
    set_policy(terms=PolicyTerms(2, sites=("异地备份库",), media=("机械硬盘",)), actor=SYSTEM)
    row = records(1)[0]
    ingest_now([row])
    assert standing(row) == ["use", "backup-far"]
    assert of_rule("全部档案").unprotected == 0
    Copy.objects.filter(store="backup-far").update(state="damaged")
    assert of_rule("全部档案").unprotected == 1


@pytest.mark.requirement("Z36")
def test_what_one_store_was_never_to_hold_comes_back_from_another(empty_database):  # noqa: F811
    near, far = fonds("J008"), fonds("J009")
    set_policy(terms=PolicyTerms(2, sites=("主馆机房",), media=("机械硬盘",)), actor=SYSTEM, fonds_id=near.id)
    set_policy(terms=PolicyTerms(2, elsewhere=1), actor=SYSTEM, fonds_id=far.id)
    rows = [record(document(), fonds_id=near.id), record(document(), fonds_id=far.id)]
    ingest_now(rows)
    assert [standing(row)[1:] for row in rows] == [["backup-near"], ["backup-far"]]
    sequence_pending()
    empty_database()
    shutil.rmtree(home() / "vault" / "use")
    assert rebuild("backup-far").objects_count == 1
    assert rebuild("backup-near").objects_count == 1
    assert set(Record.objects.values_list("id", flat=True)) == {row.id for row in rows}


_names = st.sampled_from(("甲", "乙", "丙"))
_places = st.lists(st.tuples(_names, _names), min_size=1, max_size=5)


@given(_places, st.integers(1, 5), st.integers(0, 4), st.integers(0, 4), st.sets(_names), st.sets(_names))
def test_no_fewer_stores_would_serve_a_rule(places, copies, elsewhere, other, sites, media):
    facts = [
        StoreFacts(f"s{number}", "", "filesystem", "", site, medium, "backup" if number else "use")
        for number, (site, medium) in enumerate(places)
    ]
    with pytest.MonkeyPatch.context() as patched:
        for module in (policy, allotment):
            patched.setattr(module, "declared_stores", lambda: facts)
        chosen = chosen_stores(PolicyTerms(copies, elsewhere, other, 0, 0, tuple(sites), tuple(media)))
    use, *others = facts

    def serves(keys):
        held = [store for store in facts if store.key in keys]
        wanted = [
            (copies, held, facts),
            (elsewhere, [s for s in held if s.site != use.site], [s for s in others if s.site != use.site]),
            (
                other,
                [s for s in held if s.medium != use.medium],
                [s for s in others if s.medium != use.medium],
            ),
            *((1, [s for s in held if s.site == n], [s for s in facts if s.site == n]) for n in sites),
            *((1, [s for s in held if s.medium == n], [s for s in facts if s.medium == n]) for n in media),
        ]
        return all(len(got) >= min(asked, len(there)) for asked, got, there in wanted)

    assert serves(chosen)
    assert chosen[0] == use.key
    assert not any(serves(set(chosen) - {key}) for key in chosen[1:])

"""The demo's road on a small scale: what is wrong on purpose comes back by name, the rest arrives."""

import re

import pytest

from lantai.capture.api import CollectingScope, Loan, Submission, is_site
from lantai.core.settings import home
from lantai.demo import walk
from lantai.demo.commands import LABELS
from lantai.demo.parcels import parcels
from lantai.inspection.api import ReportFinding
from lantai.records.api import Document, Record
from lantai.search.engines import engine
from lantai.transfer.api import Correction, Handover, Readiness
from lantai.vault.api import Copy, OfflineVolume, VaultObject

FAULTS = {
    "digest": ("auth.fixity", "partly_accepted"),
    "attachments": ("int.content.attach", "partly_accepted"),
    "sequence": ("int.meta.seq", "returned"),
    "mojibake": ("auth.meta.char", "partly_accepted"),
    "encrypted": ("use.pkg.barrier", "partly_accepted"),
    "virus": ("sec.av.scan", "partly_accepted"),
    "secret": ("sec.classified", "partly_accepted"),
}
CODES = {
    1956: (r"Z037-WS·1956-(Y|长期|短期)-001-\d{3}", "volume_item"),
    2003: (r"Z037-WS·2003-(Y|长期|短期|D30|D10)-\d{4}", "item"),
    2024: (r"Z037-WS·2024-(Y|D30|D10)-[A-Z]+-\d{4}", "item"),
}


def told(done, total):
    assert done <= total


def chosen():
    """One agency's packages of three ages, and every package with a fault."""
    return [parcel for parcel in parcels() if parcel.agency.code == "DYSWJ" and "-2011" not in parcel.key]


def go():
    """Every step of the walk, with the chosen packages and a short old catalogue."""
    way = walk.Walk(parcels=chosen(), entries=30)
    for _name, step in walk.steps():
        step(way, told)
    return walk.summary()


@pytest.fixture(scope="module")
def walked(django_db_setup, django_db_blocker, tmp_path_factory):
    """The road walked twice in a data folder of its own; both summaries. Undone at the end."""
    from django.db import transaction

    with pytest.MonkeyPatch.context() as patch, django_db_blocker.unblock():
        patch.setenv("LANTAI_HOME", str(tmp_path_factory.mktemp("road") / "home"))
        engine.cache_clear()
        with transaction.atomic():
            yield go(), go()
            transaction.set_rollback(True)
        engine.cache_clear()


@pytest.mark.parametrize("fault", FAULTS)
def test_every_fault_is_named_by_its_own_check_and_goes_back(walked, fault):
    key, state = FAULTS[fault]
    submission = Submission.objects.get(idempotency_key=f"demo-DYSWJ-fault-{fault}")
    failed = ReportFinding.objects.filter(report=submission.report, outcome="fail")
    assert key in set(failed.values_list("key", flat=True))
    assert submission.state == state
    returned = submission.items.filter(state="returned").count()
    assert returned == (2 if state == "returned" else 1)
    assert Record.objects.filter(submission_items__submission=submission).count() == 2 - returned


def test_of_the_secret_item_nothing_is_kept(walked):
    submission = Submission.objects.get(idempotency_key="demo-DYSWJ-fault-secret")
    assert submission.counts["purged"] == 1
    assert not (home() / "intake" / str(submission.id)).exists()
    [item] = submission.items.filter(state="returned")
    assert item.title == "（标有国家秘密标志，内容已清除）"


def test_the_summary_keeps_its_keys_and_counts_what_stands(walked):
    first, _again = walked
    assert set(first) | {"seconds"} == set(LABELS)
    sent = sum(len(list(s.items.all())) for s in Submission.objects.all())
    assert first["records_captured"] + first["records_returned"] == sent
    assert first["records_returned"] == 8
    assert first["records_stored"] == first["records_captured"] + 30 == Record.objects.count()
    assert first["catalogue_entries"] == 30
    assert first["copies_not_verified"] == 0
    on_disc = OfflineVolume.objects.get().entries.count()
    assert first["copies_verified"] == Copy.objects.count() == 3 * VaultObject.objects.count() + on_disc
    assert VaultObject.objects.exclude(record=None).count() == first["records_captured"]
    assert first["records_indexed"] == first["records_stored"]
    assert 0 < first["records_opened"] < first["records_stored"]
    assert re.fullmatch("[0-9a-f]{64}", first["ledger_root"])


def test_walking_again_changes_nothing_but_the_ledgers_length(walked):
    first, again = walked
    moving = {"ledger_size", "ledger_root"}
    assert {name: value for name, value in again.items() if name not in moving} == {
        name: value for name, value in first.items() if name not in moving
    }
    assert Submission.objects.count() == len(chosen())
    assert set(Handover.objects.values_list("state", flat=True)) == {"received"}


def test_every_single_page_has_something_to_show(walked):
    correction = Correction.objects.get()
    assert [change["what"] for change in correction.changes] == ["关键词", "第 1 个文件"]
    assert correction.sent_again.handover.state == "received"
    assert (Loan.objects.get().state, Readiness.objects.get().verdict) == ("returned", "conditional")
    assert {scope.state for scope in CollectingScope.objects.all()} == {"approved", "submitted"}
    assert {unit.agency is None for unit in CollectingScope.objects.get(state="approved").units.all()} == {
        True,
        False,
    }
    volume = OfflineVolume.objects.get()
    assert (volume.state, volume.registered_at is not None) == ("sealed", True)
    page = Record.objects.get(scheme__category="WY", fonds__code="Z037")
    assert page.title == "东屿市水务局 2026 年汛情公告"
    assert is_site(page)


@pytest.mark.parametrize("year", CODES)
def test_each_age_of_a_fonds_is_arranged_and_coded_as_it_was_then(walked, year):
    pattern, arrangement = CODES[year]
    records = Record.objects.filter(fonds__code="Z037", year=year).select_related("scheme", "volume")
    assert records
    for record in records:
        assert re.fullmatch(pattern, record.reference_code), record.reference_code
        assert record.scheme.arrangement == arrangement
        assert (record.volume is not None) == (year == 1956)
        assert (record.state, record.number_state) == ("held", "locked")
    numbers = [record.reference_code for record in records]
    assert len(set(numbers)) == len(numbers)
    assert Document.objects.filter(record__in=records).exists()

"""The whole road, then the loss of database and index: one backup store gives everything back."""

import shutil

import pytest
from django.core.management import call_command

from lantai.appraisal import api as appraisal
from lantai.capture.tests import factories as capture
from lantai.catalogue.api import Authority, link_records, save_authority
from lantai.core.actors import ANONYMOUS, SYSTEM
from lantai.core.canonical import canonical_json
from lantai.core.events import deliver_pending
from lantai.core.settings import home
from lantai.inspection.api import Report, standing_verdict
from lantai.inspection.parts import InspectionPart
from lantai.institutions.api import person_actor
from lantai.institutions.tests.factories import a_person, a_person_as
from lantai.ledger.api import sequence_pending, verify
from lantai.opening.api import open_records
from lantai.opening.tests.factories import reviewer
from lantai.records.api import Record, create_records, document_path
from lantai.records.tests import factories as places
from lantai.search.api import search
from lantai.search.engines import engine
from lantai.transfer.api import Handover, accession
from lantai.transfer.tests import factories as transfer
from lantai.vault.api import Copy, audit, rebuild

from .facts import facts, ledger, readers, totals

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("no_scanner")]
STORES = ("use", "backup-near", "backup-far")


def walk():
    """Two packages, one of them with an item that goes back, and old catalogue entries, to the end."""
    transfer.filed(3)
    faulty = capture.item(11, files=[capture.locked_pdf()], 文号="")
    submission = capture.processed(capture.package(capture.item(10), faulty, capture.item(12)), key="again-1")
    assert submission.state == "partly_accepted"
    transfer.sign(submission.report)
    transfer.assign_numbers(scheme=capture.scheme(), year=2024, actor=SYSTEM)
    transfer.fix_numbers(scheme=capture.scheme(), year=2024, actor=SYSTEM)
    handover = transfer.received(transfer.submitted())
    assert handover.state == "received"
    enter_catalogue(5)
    keep_what_expired()
    first = Record.objects.exclude(documents=None).order_by("reference_code").first()
    Record.objects.filter(id=first.id).update(disclosure="主动公开")
    describe_first(first)
    open_records(record_ids=[first.id], ground="disclosed", note="", actor=reviewer())
    settle()
    return first


def describe_first(record):
    """Somebody ties it to its maker's authority record, and notes where the paper lies."""
    maker = save_authority(
        authority=Authority(archive=places.archive()), values={"kind": "agency", "name": "云州市发改委"}, names=[], actor=SYSTEM
    )  # fmt: skip
    link_records(authority=maker, record_ids=[record.id], role="responsible", actor=SYSTEM)


def enter_catalogue(count):
    drafts = [
        places.draft(title=f"一九八三年来信登记第{n}号", year=1983, date_text="1983", item_number=n, state="filed",
                     reference_code=f"J001-WS·1983-Y-{n:04d}", number_state="fixed", unit_code="",
                     retention="D10" if n == count else "Y")
        for n in range(1, count + 1)
    ]  # fmt: skip
    made = create_records(drafts, SYSTEM)
    accession(record_ids=[row.id for row in made], archive_id=places.archive().id, actor=SYSTEM)


def keep_what_expired():
    """The group finds that an entry whose term is over is worth thirty years more."""
    keeper, *group = (
        person_actor(a_person(role, organisation=places.archive()))
        for role in ("preservation_archivist", "reviewer", "receiving_archivist")
    )
    over = [row.id for rows in appraisal.due(keeper) for row in rows]
    disposal = appraisal.propose(record_ids=over, title="1983 年来信", reason="期满", actor=keeper)
    appraisal.extend(disposal=disposal, record_ids=over, retention="D60", note="仍有查考价值", actor=keeper)
    for member in group:
        appraisal.give_opinion(disposal=disposal, agrees=True, text="同意延长", actor=member)
    approver = person_actor(a_person_as("supervisor"))
    appraisal.approve(disposal=disposal, number="云档鉴〔2026〕1号", actor=approver)


def settle():
    """What the worker does: the outbox delivered, the ledger sequenced and signed."""
    while deliver_pending():
        pass
    sequence_pending()


def lose_database_and_index():
    call_command("flush", interactive=False, verbosity=0)
    shutil.rmtree(home() / "index")
    engine.cache_clear()
    assert not Record.objects.exists()
    assert not Report.objects.exists()


@pytest.mark.requirement("Z36")
@pytest.mark.requirement("Z35")
def test_database_and_index_lost_everything_comes_back_from_one_backup():
    opened = walk()
    before, found, acts = facts(), totals(), ledger()
    assert {name for name, value in before.items() if not value} == set()
    assert [name for name, part in before["parts"].items() if not part] == []
    assert found["public", ""] == 1
    assert found["receiving_archivist", ""] == Record.objects.count() == 10

    lose_database_and_index()
    result = rebuild("backup-far")
    settle()

    assert (result.records_count, result.skipped) == (10, [])
    after = facts()
    for name, value in before.items():
        assert after[name] == value, name
    assert totals() == found
    assert ledger()[: len(acts)] == acts
    assert [hit.record_id for hit in search("", ANONYMOUS).hits] == [str(opened.id)]
    for store in STORES:
        assert audit(store).is_clean
    assert set(Copy.objects.values_list("state", flat=True)) == {"verified"}
    verified = verify()
    assert verified.ok, verified.findings


@pytest.mark.requirement("Z35")
def test_what_is_back_is_found_while_the_rest_still_comes(monkeypatch):
    walk()
    everything = next(reader for reader in readers() if reader.role == "receiving_archivist")
    lose_database_and_index()
    monkeypatch.setattr("lantai.vault.rebuild.TRANSACTION_S", 0.0)
    monkeypatch.setattr("lantai.vault.rebuild.FILES_AT_ONCE", 1)
    found = []

    def meanwhile(result):
        while deliver_pending():
            pass
        found.append((search("", everything).total, result.records_count))

    rebuild("backup-far", observe=meanwhile)
    assert [total for total, _restored in found] == [restored for _total, restored in found]
    assert len({total for total, _restored in found} - {0, 10}) >= 4


def test_restoring_what_stands_already_changes_nothing():
    walk()
    before = facts()
    part = InspectionPart()
    for _ in range(2):
        part.restore(before["parts"]["inspection"])
    assert facts() == before


@pytest.mark.requirement("S5")
@pytest.mark.requirement("Z3")
@pytest.mark.requirement("Z5")
def test_without_paper_or_database_a_record_still_proves_how_it_was_filed_and_received():
    opened = walk()
    lose_database_and_index()
    rebuild("backup-near")

    [part] = InspectionPart().describe([opened.id]).values()
    filing, custody = (row["report"] for row in part["reports"])
    assert (filing["stage"], custody["stage"]) == ("GD", "YJ")
    for head in (filing, custody):
        [signature] = head["decisions"]
        assert (signature["key"], signature["outcome"]) == ("sec.av.scan", "pass")
        assert (signature["decided_by"], bool(signature["note"])) == (SYSTEM.id, True)
        assert len(head["input_digest"]) == 64
        assert "auth.fixity=" in head["plan"]
        assert standing_verdict(Report.objects.get(id=head["id"])) == "pass"
    handover = Handover.objects.get()
    assert str(handover.report_id) == custody["id"]
    assert handover.received_at is not None
    record = Record.objects.get(id=opened.id)
    assert (record.state, record.number_state, record.custodian) == ("held", "locked", places.archive())
    assert document_path(record.documents.get()).read_bytes().startswith(b"%PDF")
    assert str(record.submission_items.get().submission.report_id) == filing["id"]


def test_a_record_carries_its_own_findings_and_no_other_records(django_assert_max_num_queries):
    odd = capture.item(2, 题名="关于\ue000某水库验收的通知")
    submission = capture.processed(capture.package(capture.item(1), odd, *map(capture.item, range(3, 7))))
    ids = list(Record.objects.order_by("submission_items__sequence").values_list("id", flat=True))
    with django_assert_max_num_queries(6):
        parts = InspectionPart().describe(ids)

    own = [[finding["key"] for finding in parts[key]["reports"][0]["findings"]] for key in ids]
    assert own == [[], ["auth.meta.char"], [], [], [], []]
    [alone] = InspectionPart().describe(ids[:1]).values()
    assert alone == parts[ids[0]]
    assert len(canonical_json(alone)) < 6 * 1024
    assert submission.report.findings.filter(item_number=2).get().key == "auth.meta.char"

"""Records go from an agency to its archive: register, two seals, three copies."""

import json

import pytest

from lantai.core.actors import SYSTEM
from lantai.core.errors import AwaitsPerson, Conflict, Forbidden, Invalid
from lantai.core.settings import home
from lantai.ledger.api import Entry
from lantai.records.api import Document, Record, create_records, document_path
from lantai.records.tests import factories as records
from lantai.transfer import receiving
from lantai.transfer.api import HandoverItem, accession, as_document, discard, seals_hold, send_back, submit
from lantai.vault.api import Copy

from . import factories as make

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_scanner")]


@pytest.mark.requirement("Z5")
@pytest.mark.requirement("S27")
def test_a_handover_ends_in_the_archive_with_locked_numbers_two_seals_and_three_copies():
    make.filed(3)
    handover = make.received(make.submitted())

    assert handover.state == "received"
    for record in Record.objects.all():
        assert (record.state, record.number_state) == ("held", "locked")
        assert record.custodian == records.archive()
        assert document_path(record.documents.get()).read_bytes().startswith(b"%PDF")
    assert seals_hold(handover) == {"sender": True, "receiver": True}
    assert Copy.objects.filter(state="verified").count() == 9
    assert HandoverItem.objects.filter(received_at__isnull=True).count() == 0
    acts = Entry.objects.filter(subject=f"handover:{handover.id}").values_list("act", flat=True)
    assert {"transfer.prepare", "transfer.submit", "transfer.accept", "transfer.receive"} <= set(acts)


@pytest.mark.requirement("Z5")
def test_the_register_is_filled_from_facts():
    make.filed(2)
    register = make.submitted().register

    assert register["amounts"] == {"records": 2, "volumes": 0, "catalogue_only": 0, "documents": 2}
    assert register["size_bytes"] == sum(Document.objects.values_list("size_bytes", flat=True))
    assert register["places"]["first_code"] == "J001-WS·2024-Y-BGS-0001"
    assert register["carrier"] == "在线"
    assert register["inspection"]["integrity"].startswith("合格")
    assert register["opinions"] == make.OPINIONS
    assert register["digests"]["algorithm"] == "SM3"
    assert len(register["digests"]["rows"][0]["digest"]) == 64


def test_changing_a_word_of_the_register_breaks_the_seals():
    make.filed(1)
    handover = make.received(make.submitted())
    handover.register["opinions"]["opening"] = "全部开放"
    assert seals_hold(handover) == {"sender": False, "receiver": False}


def test_the_agencys_copies_go_only_when_three_copies_are_verified():
    make.filed(2)
    handover = make.received(make.submitted())
    assert handover.copies_released_at is not None
    assert not [path for path in (home() / "holdings").rglob("*") if path.is_file()]


def test_the_agencys_copies_stay_while_a_copy_is_not_verified(monkeypatch):
    from lantai.transfer import releasing

    make.filed(2)
    monkeypatch.setattr(releasing, "COPIES", 4)
    handover = make.received(make.submitted())
    assert handover.copies_released_at is None
    assert len([path for path in (home() / "holdings").rglob("*") if path.is_file()]) == 2


def test_records_whose_inspection_nobody_signed_are_not_handed_over():
    make.filed(1, signed=False)
    with pytest.raises(AwaitsPerson) as refused:
        make.prepared()
    assert refused.value.remedy


def test_a_handover_waits_for_the_receivers_signature_and_is_never_written_as_passed_without_it():
    make.filed(1)
    handover = make.received(make.submitted(), signed=False)
    assert handover.state == "submitted"
    assert handover.acceptance is None
    assert Record.objects.get().state == "handing_over"


@pytest.mark.requirement("Z5")
def test_files_changed_at_the_agency_send_the_handover_back_with_a_report():
    make.filed(2)
    handover = make.submitted()
    for victim in Document.objects.all():
        (home() / victim.location).write_bytes(b"%PDF-1.4 changed")

    handover = make.received(handover)

    assert handover.state == "returned"
    assert handover.returned_reason
    assert "auth.fixity" in set(handover.report.findings.values_list("key", flat=True))
    assert set(Record.objects.values_list("state", flat=True)) == {"filed"}
    assert not Copy.objects.exists()


def test_what_came_back_may_be_handed_over_again():
    make.filed(2)
    send_back(handover=make.submitted(), actor=SYSTEM, reason="登记表责任者有误")
    assert make.received(make.submitted()).state == "received"


def test_a_handover_needs_the_three_opinions():
    make.filed(1)
    with pytest.raises(Invalid, match="到期开放意见"):
        submit(handover=make.prepared(opinions={}), actor=SYSTEM)


def test_a_draft_given_up_frees_its_records():
    make.filed(1)
    handover = make.prepared()
    with pytest.raises(Invalid):
        make.prepared()
    discard(handover=handover, actor=SYSTEM)
    assert make.prepared().items.count() == 1


def test_nothing_is_submitted_twice():
    make.filed(1)
    handover = make.submitted()
    with pytest.raises(Conflict):
        submit(handover=handover, actor=SYSTEM)


def test_only_the_record_office_prepares_and_only_the_archive_receives():
    from lantai.capture.tests import factories as people
    from lantai.transfer.api import receive

    make.filed(1)
    with pytest.raises(Forbidden):
        make.prepared(actor=people.clerk())
    with pytest.raises(Forbidden):
        make.prepared(actor=people.receiver())
    handover = submit(handover=make.prepared(actor=people.archivist()), actor=people.archivist())
    with pytest.raises(Forbidden):
        receive(handover=handover, actor=people.archivist(), enqueue=False)
    assert receive(handover=handover, actor=people.receiver(), enqueue=False).state == "receiving"


def test_the_receiving_archivist_has_every_right_the_reception_asks_for():
    from lantai.capture.tests import factories as people
    from lantai.core.jobs import run_inline
    from lantai.transfer.api import RECEIVE, receive

    make.filed(1)
    handover = make.submitted()
    receive(handover=handover, actor=people.receiver(), enqueue=False)
    run_inline(RECEIVE, people.receiver(), progress=False, handover_id=str(handover.id))
    handover.refresh_from_db()
    make.sign(handover.report)
    receive(handover=handover, actor=people.receiver(), enqueue=False)
    run_inline(RECEIVE, people.receiver(), progress=False, handover_id=str(handover.id))
    handover.refresh_from_db()
    assert handover.state == "received"


def test_the_register_as_pdf_has_its_text():
    import pypdfium2

    from lantai.transfer.pdf import register_pdf

    make.filed(1)
    document = pypdfium2.PdfDocument(register_pdf(make.submitted()))
    text = document[0].get_textpage().get_text_bounded()
    assert "电子档案移交与接收登记表" in text
    assert "样章" in text


def test_the_register_is_printed_in_english_when_asked():
    import pypdfium2
    from django.utils import translation

    from lantai.transfer.pdf import register_pdf

    make.filed(1)
    handover = make.submitted()
    with translation.override("en"):
        document = pypdfium2.PdfDocument(register_pdf(handover))
    text = " ".join(document[0].get_textpage().get_text_bounded().split())
    for words in (
        "Register of transfer",
        "Sender: ",
        "Filled in by: ",
        "10 checks by the system, 0 failed",
        "1 records",
    ):
        assert words in text, text
    assert "移交单位" not in text
    assert handover.title in text.replace(" ", "") or handover.title[:6] in text


def test_the_register_as_json_can_be_checked_by_a_stranger():
    from lantai.core.canonical import canonical_json
    from lantai.core.seals import Seal, public_key, verify_with

    make.filed(1)
    handover = make.received(make.submitted())
    document = json.loads(json.dumps(as_document(handover)))
    seal = Seal.from_dict(document["sender_seal"])
    assert verify_with(
        public_key(seal.key_id), seal, "transfer.register", canonical_json(document["register"])
    )


def test_catalogue_entries_without_files_are_accessioned_in_bulk():
    drafts = [
        records.draft(title=f"一九八三年来信登记第{n}号", reference_code=f"J001-WS·2024-Y-BGS-{n:04d}",
                      item_number=n, number_state="fixed", state="filed")
        for n in range(1, 301)
    ]  # fmt: skip
    made = create_records(drafts, SYSTEM)
    ids = [record.id for record in made]

    assert accession(record_ids=ids, archive_id=records.archive().id, actor=SYSTEM) == 300
    assert accession(record_ids=ids, archive_id=records.archive().id, actor=SYSTEM) == 0

    assert set(Record.objects.values_list("state", "number_state")) == {("held", "locked")}
    assert Copy.objects.count() == 3  # one segment, three stores


def test_a_title_names_the_years_of_the_records_and_not_those_asked_for():
    make.filed(1)
    title = make.prepared(year_from=1949, year_to=2030).title
    assert "2024年档案移交" in title
    assert "1949" not in title


def test_a_batch_is_full_at_so_many_records_or_bytes_and_leaves_nobody_out(monkeypatch):
    monkeypatch.setattr(receiving, "CONTENT_CHUNK", 3)
    monkeypatch.setattr(receiving, "CONTENT_BYTES", 100)
    monkeypatch.setattr(receiving, "ENTRY_CHUNK", 2)
    sizes = {"a": 0, "b": 10, "c": 10, "d": 60, "e": 50, "f": 900, "g": 1}
    rows = ["x", "a", "b", "y", "c", "d", "e", "f", "z", "g"]
    batches = list(receiving._batches(rows, sizes))
    assert batches == [["a", "b", "c"], ["d"], ["e"], ["f"], ["g"], ["x", "y"], ["z"]]

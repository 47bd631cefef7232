"""Documents are put together into records and taken apart, before a number is fixed."""

import pytest

from lantai.core.actors import SYSTEM
from lantai.core.errors import Conflict, Invalid
from lantai.ledger.api import entries_for
from lantai.records.api import ClassCount, Record, combine_records, split_documents, split_record
from lantai.records.tests import factories as make


def roles(record):
    return list(record.documents.order_by("sequence").values_list("role", flat=True))


@pytest.mark.django_db
@pytest.mark.requirement("DA/T 22-2015 5.1.1")
def test_an_answer_stands_before_what_it_answers_and_the_text_before_its_final_draft():
    answer = make.with_documents("final", "attachment", "body", title="关于立项的批复")
    letter = make.with_documents("body", "processing_sheet", title="关于立项的请示")

    main = combine_records(record_ids=[answer.id, letter.id], received=[letter.id], actor=SYSTEM)

    assert roles(main) == ["body", "attachment", "final", "processing_sheet", "body"]
    assert (main.page_count, main.title) == (10, "关于立项的批复")
    letter.refresh_from_db()
    assert (letter.state, letter.documents.count()) == ("combined", 0)
    assert sum(ClassCount.objects.values_list("records", flat=True)) == 1
    assert [entry.act for entry in entries_for(f"record:{main.id}")][-1] == "records.combine"


@pytest.mark.django_db
def test_taking_apart_gives_every_document_back():
    made = [make.with_documents("body", "final", title=title) for title in "甲乙丙"]
    before = {record.id: (roles(record), record.page_count) for record in made}
    combine_records(record_ids=[made[0].id, made[1].id], actor=SYSTEM)
    main = combine_records(record_ids=[made[2].id, made[0].id], actor=SYSTEM)
    assert len(roles(main)) == 6

    split_record(record_id=main.id, actor=SYSTEM)

    again = Record.objects.filter(state="captured")
    assert {record.id: (roles(record), record.page_count) for record in again} == before
    assert sum(ClassCount.objects.values_list("records", flat=True)) == 3
    with pytest.raises(Conflict):
        split_record(record_id=main.id, actor=SYSTEM)


@pytest.mark.django_db
def test_some_documents_become_a_record_of_their_own_but_never_all():
    record = make.with_documents("body", "attachment", retention="Y")
    ids = list(record.documents.values_list("id", flat=True))
    with pytest.raises(Conflict):
        split_documents(record_id=record.id, document_ids=ids, title="附件", actor=SYSTEM)
    with pytest.raises(Invalid):
        split_documents(record_id=record.id, document_ids=ids[1:], title=" ", actor=SYSTEM)
    left, made = split_documents(record_id=record.id, document_ids=ids[1:], title="会议名单", actor=SYSTEM)
    assert (roles(left), roles(made)) == (["body"], ["attachment"])
    assert (left.page_count, made.page_count, made.retention) == (2, 2, "Y")


@pytest.mark.django_db
def test_a_fixed_record_is_neither_combined_nor_split():
    first, second = make.with_documents("body"), make.with_documents("body")
    Record.objects.filter(id=second.id).update(
        number_state="fixed", reference_code="J001-WS·2024-Y-BGS-0001", state="filed"
    )
    with pytest.raises(Conflict):
        combine_records(record_ids=[first.id, second.id], actor=SYSTEM)
    with pytest.raises(Invalid):
        combine_records(record_ids=[first.id], actor=SYSTEM)

"""Opening by a reviewer's signed decision (档案法 article 27, 开放办法 articles 7, 8 and 17)."""

import json
from datetime import date

import pytest

from lantai.core.actors import Actor
from lantai.core.errors import Conflict, Forbidden, Invalid, NotFound
from lantai.core.identifiers import new_id
from lantai.core.ports import record_parts
from lantai.ledger.api import Entry
from lantai.opening import selectors, services
from lantai.opening.api import Decision, candidates, open_records, postpone_records, verify_decision, withdraw
from lantai.opening.models import DecisionBatch
from lantai.opening.selectors import term_is_over
from lantai.opening.tests import factories as make
from lantai.records.api import Record, history_of, update_description

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 21)


@pytest.fixture(autouse=True)
def _today(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.localdate", lambda *_: TODAY)


def mark_of(record):
    return Record.objects.get(id=record.id).opening_mark


@pytest.mark.requirement("S13")
@pytest.mark.parametrize(
    ("written", "year", "due"),
    [
        ("20011121", 2001, True),
        ("20011122", 2001, False),
        ("2001", 2001, False),
        ("2000", 2000, True),
        ("2001年10月", 2001, True),
        ("2001年11月", 2001, False),
        ("[20011121]", 2001, True),
        ("民国三十八年", 1949, True),
        ("", 2000, True),
        ("", 2001, False),
        ("", None, False),
        ("无从考证", None, False),
    ],
)
def test_a_record_is_due_when_25_full_years_are_over_as_far_as_its_date_is_known(written, year, due):
    record = make.held(date_text=written, year=year)
    assert term_is_over(record, TODAY) is due
    assert candidates(make.reviewer()).filter(id=record.id).exists() is due


@pytest.mark.parametrize(
    ("made", "on", "over"),
    [
        (date(2000, 2, 29), date(2025, 2, 28), False),
        (date(2000, 2, 29), date(2025, 3, 1), True),
        (date(2003, 3, 1), date(2028, 2, 29), False),
        (date(2001, 12, 31), date(2026, 12, 30), False),
        (date(2001, 12, 31), date(2026, 12, 31), True),
    ],
)
def test_24_years_and_364_days_are_not_25_years(made, on, over):
    assert term_is_over(Record(date_end=made), on) is over


def test_what_was_disclosed_already_is_a_candidate_whatever_its_age():
    record = make.held(date_text="20240601", disclosure="主动公开")
    assert list(candidates(make.reviewer())) == [record]
    open_records([record.id], "disclosed", "", make.reviewer())
    assert mark_of(record) == "open"
    assert not candidates(make.reviewer()).exists()


def test_what_another_archive_holds_is_no_candidate():
    make.held(date_text="19900101")
    stranger = Actor(id=str(new_id()), name="外馆", roles=frozenset({"reviewer"}), organisation_id=new_id())
    assert not candidates(stranger).exists()


@pytest.mark.requirement("S12")
def test_opening_sets_the_mark_signs_the_decision_and_writes_the_ledger():
    records = [make.held(date_text="19900101", title=f"第{n}件") for n in range(3)]
    decisions = open_records([record.id for record in records], "term", "经审核无须限制", make.reviewer())
    assert {mark_of(record) for record in records} == {"open"}
    assert len({decision.batch_id for decision in decisions}) == 1
    stated = json.loads(decisions[0].batch.statement)
    assert [line["id"] for line in stated["records"]] == [str(record.id) for record in records]
    entry = Entry.objects.get(act="opening.open")
    assert (entry.count, entry.subject) == (3, f"opening:{decisions[0].batch_id}")
    assert entry in history_of(records[2])
    checked = verify_decision(Decision.objects.get(id=decisions[1].id))
    assert (checked.genuine, checked.named, checked.unchanged) == (True, True, True)


def test_each_seal_covers_a_hundred_records_at_most(monkeypatch):
    monkeypatch.setattr(services, "BATCH_SIZE", 2)
    records = [make.held(date_text="19900101") for _ in range(5)]
    open_records([record.id for record in records], "term", "", make.reviewer())
    assert DecisionBatch.objects.count() == 3
    assert all(verify_decision(decision).genuine for decision in Decision.objects.all())


def test_a_changed_statement_no_longer_verifies():
    decision = open_records([make.held(date_text="19900101").id], "term", "", make.reviewer())[0]
    batch = decision.batch
    batch.statement = batch.statement.replace('"note":""', '"note":"伪造"')
    batch.save()
    assert verify_decision(Decision.objects.get(id=decision.id)).genuine is False


def test_a_changed_seal_no_longer_verifies():
    decision = open_records([make.held(date_text="19900101").id], "term", "", make.reviewer())[0]
    DecisionBatch.objects.update(seal={**decision.batch.seal, "subject_name": "别的档案馆"})
    assert verify_decision(Decision.objects.get(id=decision.id)).genuine is False


@pytest.mark.parametrize(
    "change", [{"to_mark": "postponed"}, {"ground": "disclosed"}, {"decided_by": "别人"}]
)
def test_a_changed_decision_row_is_not_the_one_that_was_signed(change):
    decision = open_records([make.held(date_text="19900101").id], "term", "", make.reviewer())[0]
    Decision.objects.update(**change)
    assert verify_decision(Decision.objects.get(id=decision.id)).named is False


def test_a_record_described_anew_after_the_decision_is_told_apart():
    record = make.held(date_text="19900101")
    decision = open_records([record.id], "term", "", make.reviewer())[0]
    from lantai.core.actors import SYSTEM

    now = Record.objects.get(id=record.id)
    update_description(
        record_id=now.id, changes={"title": "改题"}, expected_changed_at=now.changed_at, actor=SYSTEM
    )
    checked = verify_decision(Decision.objects.get(id=decision.id))
    assert (checked.genuine, checked.unchanged) == (True, False)


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ({"classification": "秘密"}, Forbidden),
        ({"flags": ["personal_data"]}, Forbidden),
        ({"state": "filed"}, Conflict),
        ({"date_text": "20200101"}, Conflict),
        ({"date_text": "", "year": None}, Conflict),
    ],
)
def test_what_must_not_be_opened_is_refused_with_all_that_was_chosen_beside_it(values, error):
    good = make.held(date_text="19900101")
    bad = make.held(**{"date_text": "19900101", **values})
    with pytest.raises(error):
        open_records([good.id, bad.id], "term", "", make.reviewer())
    assert mark_of(good) == mark_of(bad) == "unreviewed"
    assert not Decision.objects.exists()


def test_disclosed_must_be_true_to_be_the_ground():
    with pytest.raises(Conflict, match="主动公开"):
        open_records([make.held(date_text="20240101").id], "disclosed", "", make.reviewer())


def test_only_a_reviewer_of_the_archive_that_holds_it_decides():
    record = make.held(date_text="19900101")
    for roles, organisation in [({"lookup_desk"}, record.custodian_id), ({"reviewer"}, new_id())]:
        actor = Actor(id=str(new_id()), name="某", roles=frozenset(roles), organisation_id=organisation)
        with pytest.raises(Forbidden):
            open_records([record.id], "term", "", actor)


@pytest.mark.requirement("国家档案馆档案开放办法 第八条")
@pytest.mark.parametrize("ground", ["postpone_1", "postpone_2", "postpone_3", "postpone_4"])
def test_opening_is_postponed_in_one_of_four_cases_and_with_a_reason(ground):
    record = make.held(date_text="19900101")
    with pytest.raises(Invalid, match="理由"):
        postpone_records([record.id], ground, " ", make.reviewer())
    postpone_records([record.id], ground, "涉及第三方个人信息", make.reviewer())
    assert mark_of(record) == "postponed"


@pytest.mark.parametrize("ground", ["term", "withdrawn", "postpone_5", ""])
def test_there_is_no_fifth_case(ground):
    with pytest.raises(Invalid):
        postpone_records([make.held(date_text="19900101").id], ground, "理由", make.reviewer())


def test_what_was_postponed_may_be_opened_later():
    record = make.held(date_text="19900101")
    postpone_records([record.id], "postpone_2", "情势未变", make.reviewer())
    open_records([record.id], "term", "情势变化，不再延期", make.reviewer())
    assert mark_of(record) == "open"


def test_nobody_withdraws_a_decision_of_their_own():
    author, other = make.reviewer("甲"), make.reviewer("乙")
    record = make.held(date_text="19900101")
    decision = open_records([record.id], "term", "", author)[0]
    with pytest.raises(Forbidden, match="自己"):
        withdraw(decision.id, "看错了", author)
    with pytest.raises(Invalid):
        withdraw(decision.id, "", other)
    taken_back = withdraw(decision.id, "含未公布的个人信息", other)
    assert mark_of(record) == "unreviewed"
    assert taken_back.withdraws == decision
    assert verify_decision(taken_back).genuine


def test_a_decision_is_withdrawn_once_and_only_while_it_is_the_latest():
    record = make.held(date_text="19900101")
    first = open_records([record.id], "term", "", make.reviewer())[0]
    withdraw(first.id, "有误", make.reviewer())
    with pytest.raises(Conflict):
        withdraw(first.id, "再撤", make.reviewer())
    with pytest.raises(NotFound):
        withdraw(new_id(), "没有", make.reviewer())


def test_decisions_are_made_again_from_the_vaults_part_and_still_verify():
    part = next(part for part in record_parts() if part.key == "opening")
    record = make.held(date_text="19900101")
    first = open_records([record.id], "term", "", make.reviewer())[0]
    withdraw(first.id, "有误", make.reviewer())
    before = list(Decision.objects.order_by("id").values())
    written = json.loads(json.dumps({str(key): value for key, value in part.describe([record.id]).items()}))
    Decision.objects.order_by("-decided_at").first().delete()
    Decision.objects.all().delete()
    DecisionBatch.objects.all().delete()
    for _ in range(2):
        part.restore({record.id: written[str(record.id)]})
    assert list(Decision.objects.order_by("id").values()) == before
    assert all(verify_decision(decision).genuine for decision in selectors.history_of(record.id))


def test_records_never_decided_on_have_no_part():
    part = next(part for part in record_parts() if part.key == "opening")
    assert part.describe([make.held().id]) == {}

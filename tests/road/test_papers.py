"""What belongs to no stored record comes back too: schedules, what was sent back, loans, assessments."""

from datetime import date

import pytest
from django.core.management import call_command

from lantai.capture.classing import classify_records
from lantai.capture.lending import ask, give_back, lend
from lantai.capture.models import ClassNote, Loan, Overruling, Submission, SubmissionItem
from lantai.capture.reference_note import write_note
from lantai.capture.tests import factories as capture
from lantai.core.actors import SYSTEM, Actor
from lantai.core.settings import home
from lantai.inspection.models import Report, ReportFinding
from lantai.ledger.api import sequence_pending, verify
from lantai.records.api import (
    Combination,
    Fonds,
    Record,
    RetentionRule,
    RetentionSchedule,
    Scheme,
    combine_records,
    import_schedule,
)
from lantai.records.schedules import remove_rule, save_rule
from lantai.records.tests import factories as places
from lantai.transfer.api import answer, return_items
from lantai.transfer.isolating import handle, isolate
from lantai.transfer.models import Correction, Handover, HandoverItem, Isolation, Readiness
from lantai.transfer.readiness import answer_items, begin, checklist, conclude, seal_holds
from lantai.transfer.tests import factories as transfer
from lantai.vault.api import erase, finish_erasures, keep_papers, rebuild, reconcile
from lantai.vault.models import VaultObject

from .test_loss import lose_database_and_index, settle

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("no_scanner")]
ROWS = (
    Fonds, Scheme, RetentionSchedule, RetentionRule, Combination, Submission, SubmissionItem, Report,
    ReportFinding, Overruling, ClassNote, Loan, Handover, HandoverItem, Correction, Isolation, Readiness, Record,
)  # fmt: skip
OFFICER = Actor(id="anquan", name="安全", via="web", roles=frozenset({"security_officer"}))
MACHINE = {"job_id", "copies_released_at"}
AS_LAST_ITEM = {"Handover": {"received_at"}}
"""When its last record was received: a moment before the hand-over was closed."""
LOAN = {
    "borrower_name": "林岚",
    "borrower_unit": "办公室",
    "purpose": "work",
    "form": "electronic",
    "days": 7,
}


def rows():
    """Every row of every table, as it stands."""
    return {
        model.__name__: [
            {
                name: value
                for name, value in row.items()
                if name not in MACHINE | AS_LAST_ITEM.get(model.__name__, set())
            }
            for row in model.objects.order_by("pk").values()
        ]
        for model in ROWS
    }


def house():
    """A house in which all of this happened; returns the records by what became of them."""
    capture.agency()
    schedule()
    packages()
    back, isolated, *_rest = number_and_lend()
    handover = transfer.submitted()
    return_items(handover=handover, reasons={back.id: ["题名有误"]}, actor=SYSTEM)
    answer(correction=Correction.objects.get(), text="已核对，题名无误。", actor=SYSTEM)
    assert transfer.received(handover).state == "received"
    settle()
    made = isolate(record_id=isolated.id, reason="封面右上角", actor=capture.receiver())
    handle(isolation=made, confirmed=False, note="核对后不属密件", actor=OFFICER)
    assessment = begin(agency=places.agency(), system="办公自动化系统", scope="收发文", actor=SYSTEM)
    answers = {item.key: {"answer": "yes", "evidence": "见附件"} for item in checklist().items}
    conclude(assessment=answer_items(assessment=assessment, answers=answers, actor=SYSTEM), actor=SYSTEM)
    kept()
    return back, isolated


def kept():
    """What the worker does: news delivered, the ledger sequenced, papers kept."""
    settle()
    keep_papers()
    sequence_pending()


def packages():
    """One sent back in part, what follows it, one sent back whole; two of its records combined."""
    faulty = capture.item(11, files=[capture.locked_pdf()])
    first = capture.processed(capture.package(capture.item(10), capture.item(12), faulty), key="again-1")
    transfer.sign(first.report)
    second = capture.processed(capture.package(capture.item(11)), previous=first)
    transfer.sign(second.report)
    assert capture.processed(capture.package(capture.item(13), declaration={"件数": "7"})).state == "returned"
    one, other = Record.objects.filter(submission_items__submission=first)
    combine_records(record_ids=[one.id, other.id], received=[other.id], actor=SYSTEM)
    classify_records(record_ids=[one.id], changes={"retention": "D30"}, reason="只有参考价值", actor=SYSTEM)


def schedule():
    """A schedule of the agency's own with a rule for one department."""
    rule = RetentionRule(
        number="3.2", heading="工程", material="工程验收", retention="10年", keywords=["验收"],
        department=places.department(),
    )  # fmt: skip
    draft = RetentionSchedule(
        agency=places.agency(), name="保管期限表", version="2024", effective_from=date(2024, 1, 1)
    )
    return places.approve(import_schedule(schedule=draft, rules=[rule], actor=SYSTEM))


def number_and_lend():
    """Everything numbered; one record lent and given back, one still out."""
    scheme = capture.scheme()
    transfer.assign_numbers(scheme=scheme, year=2024, actor=SYSTEM)
    transfer.fix_numbers(scheme=scheme, year=2024, actor=SYSTEM)
    ordered = list(Record.objects.filter(state="filed").order_by("reference_code"))
    write_note(
        scheme=scheme, year=2024, class_code=ordered[0].reference_code.rpartition("-")[0],
        text="缺第3页，原件如此。", actor=SYSTEM,
    )  # fmt: skip
    loans = [ask(reference_code=r.reference_code, actor=capture.clerk(), **LOAN) for r in ordered[:2]]
    for loan in loans:
        lend(loan=loan, actor=capture.archivist(name="陈墨"))
    give_back(loan=loans[0], condition="", actor=capture.archivist(name="陈墨"))
    return ordered


@pytest.mark.requirement("Z36")
def test_every_row_that_belongs_to_no_stored_record_comes_back_field_by_field():
    back, isolated = house()
    before = rows()
    assert {name for name, found in before.items() if not found} == set()

    lose_database_and_index()
    result = rebuild("backup-far")

    assert result.skipped == []
    after = rows()
    for name, found in before.items():
        assert after[name] == found, name
    assert seal_holds(Readiness.objects.get())
    assert Record.objects.get(id=back.id).state == "filed"
    assert Loan.objects.get(record=isolated).state == "lent"
    assert not VaultObject.objects.filter(record=back).exists()
    settle()
    assert verify().ok
    assert reconcile().findings == []
    again = transfer.received(transfer.submitted())
    assert (again.state, Record.objects.get(id=back.id).state) == ("received", "held")


def test_the_newest_paper_of_a_schedule_is_the_true_one():
    rule = schedule().rules.get()
    kept()
    RetentionSchedule.objects.update(state="draft")
    save_rule(
        rule=RetentionRule(
            schedule=rule.schedule, number="9", heading="其他", material="信访", retention="永久"
        ),
        actor=SYSTEM,
    )
    remove_rule(rule=rule, actor=SYSTEM)
    kept()
    lose_everything()
    rebuild("use")
    assert list(RetentionRule.objects.values_list("number", flat=True)) == ["9"]
    assert keep_papers() == 1
    assert keep_papers() == 0


def test_a_purged_record_leaves_no_paper_behind():
    capture.processed(capture.package(capture.item(1), capture.item(2)))
    one, other = number_and_lend()
    kept()
    assert told(one.title)
    assert told(other.title)
    erase([one.id], kind="purge", basis="isolation:1", actor=SYSTEM)
    finish_erasures(SYSTEM)
    kept()
    assert not told(one.title)
    assert told(other.title)


def told(title):
    """Files of every store in which the title stands."""
    written = (file for file in (home() / "vault").rglob("*.xml") if file.is_file())
    return [file for file in written if title in file.read_text(encoding="utf-8")]


def lose_everything():
    """Database and index, where there was nothing to index."""
    call_command("flush", interactive=False, verbosity=0)

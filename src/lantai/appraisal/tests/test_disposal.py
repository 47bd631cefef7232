"""A box that expired: from the list to the register, and who may not do what."""

import pytest
from django.test import TestCase
from django.utils import timezone

from lantai.appraisal import services
from lantai.appraisal.models import Disposal
from lantai.appraisal.register import close, is_genuine, register_pdf
from lantai.appraisal.selectors import due
from lantai.appraisal.tasks import close_what_is_carried_out
from lantai.core.actors import Actor
from lantai.core.errors import Conflict, Forbidden
from lantai.core.jobs import run_inline
from lantai.core.settings import home
from lantai.institutions.tests.factories import a_person, a_person_as
from lantai.ledger.api import Entry
from lantai.records.api import Record
from lantai.records.tests.factories import archive
from lantai.vault.api import Erasure, audit
from lantai.vault.tests.factories import document, ingest_now, record

pytestmark = pytest.mark.django_db
SECRET = b"the words that must go " * 40
YEAR = timezone.localdate().year


def person(role):
    """Somebody in a role of the archive that holds the records."""
    made = (
        a_person_as(role)
        if role in {"supervisor", "security_officer"}
        else a_person(role, organisation=archive())
    )
    return Actor(str(made.id), made.full_name, frozenset({role}), made.organisation_id)


def held(title="到期的通知", year=YEAR - 11, retention="D10", **values):
    made = record(document(SECRET), title=title, year=year, retention=retention, **values)
    Record.objects.filter(id=made.id).update(custodian=archive(), state="held")
    ingest_now([made])
    return made


def holding():
    files = (path for path in (home() / "vault").rglob("*") if path.is_file())
    return [path for path in files if SECRET in path.read_bytes()]


def proposed(rows, by=None):
    return services.propose(
        record_ids=[row.id for row in rows],
        title="第一批",
        reason="期满",
        actor=by or person("preservation_archivist"),
    )


def approved(rows):
    disposal = proposed(rows)
    for role in ("reviewer", "receiving_archivist"):
        services.give_opinion(disposal=disposal, agrees=True, text="无继续保存价值", actor=person(role))
    return services.approve(disposal=disposal, number="云档批〔2026〕1号", actor=person("supervisor"))


def carry_out(disposal):
    with TestCase.captureOnCommitCallbacks():
        for role in ("reviewer", "receiving_archivist"):
            services.witness(disposal=disposal, actor=person(role))
    with TestCase.captureOnCommitCallbacks(execute=True):
        run_inline(
            services.EXECUTE, person("preservation_archivist"), progress=False, disposal_id=str(disposal.id)
        )
    return Disposal.objects.get(id=disposal.id)


@pytest.mark.requirement("GB/T 39784 鉴定与处置：到期鉴定")
def test_only_what_is_over_is_due():
    over = held()
    held(year=YEAR - 10), held(retention="Y", year=1950), held(retention="长期", year=1950)
    longer = held(year=YEAR - 31, retention="D30")
    parts = due(person("preservation_archivist"))
    assert {row for part in parts for row in part} == {longer, over}


@pytest.mark.requirement("S45")
@pytest.mark.requirement("GB/T 39784 鉴定与处置：销毁清册与元数据保留")
def test_a_box_goes_and_its_register_stays():
    gone, kept = held("要销毁的"), held("留下的", retention="Y")
    disposal = carry_out(approved([gone]))
    assert disposal.state == "done"
    assert len(holding()) == 3
    assert Record.objects.get(id=gone.id).state == "destroyed"
    assert Record.objects.get(id=kept.id).state == "held"
    assert is_genuine(disposal)
    assert [row["title"] for row in disposal.register["records"]] == ["要销毁的"]
    assert len(disposal.register["witnesses"]) == 2
    assert register_pdf(disposal).startswith(b"%PDF")
    acts = list(
        Entry.objects.filter(subject=f"disposal:{disposal.id}").order_by("id").values_list("act", flat=True)
    )
    assert acts[0] == "appraisal.propose"
    assert acts[-1] == "appraisal.close"
    disposal.register["records"][0]["title"] = "别的"
    assert not is_genuine(disposal)
    assert all(audit(key).is_clean for key in ("use", "backup-near", "backup-far"))


@pytest.mark.requirement("GB/T 39784 鉴定与处置：延长保管期限")
def test_what_is_extended_stays_with_its_new_term():
    stays, goes = held("延长的"), held("销毁的")
    disposal = proposed([stays, goes])
    with pytest.raises(Conflict, match="也已届满"):
        services.extend(
            disposal=disposal, record_ids=[stays.id], retention="5年", note="备查", actor=person("reviewer")
        )
    services.extend(
        disposal=disposal, record_ids=[stays.id], retention="永久", note="备查", actor=person("reviewer")
    )
    for role in ("reviewer", "receiving_archivist"):
        services.give_opinion(disposal=disposal, agrees=True, text="同意", actor=person(role))
    services.approve(disposal=disposal, number="1号", actor=person("supervisor"))
    stays.refresh_from_db()
    assert (stays.retention, stays.state) == ("Y", "held")
    carry_out(disposal)
    assert Record.objects.get(id=goes.id).state == "destroyed"
    assert Erasure.objects.count() == 1


@pytest.mark.requirement("GB/T 39784 鉴定与处置：销毁审批与监销")
def test_nobody_does_it_alone():
    proposer, approver = person("preservation_archivist"), person("supervisor")
    disposal = proposed([held()], proposer)
    with pytest.raises(Conflict, match="不足 2 人"):
        services.approve(disposal=disposal, number="1号", actor=approver)
    member = person("reviewer")
    services.give_opinion(disposal=disposal, agrees=True, text="同意", actor=member)
    with pytest.raises(Conflict, match="已经提过"):
        services.give_opinion(disposal=disposal, agrees=True, text="再同意", actor=member)
    services.give_opinion(disposal=disposal, agrees=True, text="同意", actor=proposer)
    both = Actor(proposer.id, proposer.name, proposer.roles | {"supervisor"}, proposer.organisation_id)
    with pytest.raises(Forbidden, match="经办人不能批准"):
        services.approve(disposal=disposal, number="1号", actor=both)
    services.approve(disposal=disposal, number="1号", actor=approver)
    with pytest.raises(Forbidden, match="不能监销"):
        services.witness(disposal=disposal, actor=proposer)
    witness = person("reviewer")
    services.witness(disposal=disposal, actor=witness)
    with pytest.raises(Conflict, match="已经签名"):
        services.witness(disposal=disposal, actor=witness)
    assert not Erasure.objects.exists()
    assert len(holding()) == 3


def test_an_objection_stops_it_and_a_refusal_frees_the_records():
    row = held()
    disposal = proposed([row])
    services.give_opinion(disposal=disposal, agrees=True, text="同意", actor=person("reviewer"))
    services.give_opinion(disposal=disposal, agrees=False, text="仍有查考价值", actor=person("reviewer"))
    with pytest.raises(Conflict, match="有人不同意"):
        services.approve(disposal=disposal, number="1号", actor=person("supervisor"))
    with pytest.raises(Conflict, match="不能列入"):
        proposed([row])
    services.reject(disposal=disposal, reason="有异议", actor=person("supervisor"))
    assert proposed([row]).state == "open"


@pytest.mark.requirement("S45")
def test_a_misfiled_secret_is_purged_by_the_security_officers_approval():
    words = "某项机密演习方案"
    gone = held(words, retention="Y")
    disposal = services.propose_purge(
        record_ids=[gone.id], title="清除误存一件", reason="误存", actor=person("preservation_archivist")
    )
    with pytest.raises(Forbidden):
        services.approve(disposal=disposal, number="1号", actor=person("supervisor"))
    services.approve(disposal=disposal, number="保〔2026〕1号", actor=person("security_officer"))
    disposal = carry_out(disposal)
    assert disposal.state == "done"
    assert holding() == []
    assert words not in str(disposal.register)
    assert not [p for p in (home() / "vault").rglob("*") if p.is_file() and words.encode() in p.read_bytes()]


def test_a_register_is_closed_by_the_worker_when_the_job_was_killed():
    disposal = approved([held()])
    with TestCase.captureOnCommitCallbacks():
        for role in ("reviewer", "receiving_archivist"):
            services.witness(disposal=disposal, actor=person(role))
    assert not close(disposal)
    from lantai.vault.jobs import finish_what_is_ordered

    with TestCase.captureOnCommitCallbacks(execute=True):
        finish_what_is_ordered()
    close_what_is_carried_out()
    assert Disposal.objects.get().state == "done"
    assert holding() == []

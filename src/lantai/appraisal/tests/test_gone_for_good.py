"""What is destroyed stays gone, the register stays; what was isolated and confirmed is purged everywhere."""

import pytest
from django.test import TestCase

from lantai.appraisal import services
from lantai.appraisal.models import Disposal
from lantai.appraisal.register import is_genuine
from lantai.core import events
from lantai.core.actors import SYSTEM
from lantai.core.errors import Forbidden
from lantai.core.jobs import run_inline
from lantai.inspection.models import ExaminedContent
from lantai.ledger.api import sequence_pending
from lantai.records.api import Record
from lantai.transfer.api import handle, isolate
from lantai.transfer.models import Isolation
from lantai.vault.api import audit, rebuild, repair
from lantai.vault.papers import keep_papers
from lantai.vault.watch.drills import drill

from .test_disposal import approved, carry_out, held, holding, person


@pytest.fixture
def empty_database(transactional_db):
    from django.core.management import call_command

    return lambda: call_command("flush", interactive=False, verbosity=0)


@pytest.mark.requirement("S45")
def test_a_destroyed_record_and_its_register_are_the_same_after_audit_repair_drill_and_rebuild(
    empty_database,
):
    gone, kept = held("要销毁的"), held("留下的", retention="Y")
    disposal = carry_out(approved([gone]))
    line = disposal.register["records"][0]
    assert (line["until"], line["note"], line["retention"]) == (gone.year + 10, "", "10年")
    assert line["fonds"]
    sequence_pending()
    assert keep_papers() > 0
    assert all(audit(key).is_clean for key in ("use", "backup-near", "backup-far"))
    assert repair().repaired == 0
    assert drill(actor=SYSTEM).passed
    empty_database()
    rebuild("backup-far", SYSTEM)
    assert Record.objects.get(id=gone.id).state == "destroyed"
    assert Record.objects.get(id=kept.id).state == "held"
    assert len(holding()) == 3
    again = Disposal.objects.get(id=disposal.id)
    assert (again.state, again.register, again.seal) == ("done", disposal.register, disposal.seal)
    assert is_genuine(again)


@pytest.mark.django_db
@pytest.mark.requirement("Z38")
def test_what_is_confirmed_as_classified_is_proposed_for_purging_and_leaves_nothing():
    row = held("误存的涉密件", retention="Y")
    document = row.documents.get()
    ExaminedContent.objects.create(sha512=document.sha512, examined_by="test", facts={"opening": "涉密"})
    finder, officer = person("preservation_archivist"), person("security_officer")
    with TestCase.captureOnCommitCallbacks(execute=True):
        isolate(record_id=row.id, reason="首页右上角有密级标志", actor=finder)
        handle(isolation=Isolation.objects.get(), confirmed=True, note="确认涉密", actor=officer)
    events.deliver_pending()
    disposal = Disposal.objects.get()
    assert (disposal.kind, disposal.state, disposal.proposed_by) == ("purge", "open", finder.id)
    events.deliver_pending()
    assert Disposal.objects.count() == 1
    services.approve(disposal=disposal, number="云密〔2026〕1号", actor=officer)
    with TestCase.captureOnCommitCallbacks():
        with pytest.raises(Forbidden):
            services.witness(disposal=disposal, actor=finder)
        for role in ("reviewer", "receiving_archivist"):
            services.witness(disposal=disposal, actor=person(role))
    with TestCase.captureOnCommitCallbacks(execute=True):
        run_inline(services.EXECUTE, SYSTEM, progress=False, disposal_id=str(disposal.id))
    assert holding() == []
    assert not ExaminedContent.objects.exists()
    assert "涉密件" not in Record.objects.get(id=row.id).title

"""Decisions are archival facts: they stand in the vault and come back from it."""

import pytest
from django.core.management import call_command

from lantai.core.events import deliver_pending
from lantai.core.settings import home
from lantai.ledger.api import sequence_pending
from lantai.opening.api import history_of as decisions_of
from lantai.opening.api import open_records, withdraw
from lantai.records.api import Record, State, history_of
from lantai.records.tests import factories as places
from lantai.vault.api import rebuild
from lantai.vault.record_xml import read_records
from lantai.vault.tests.factories import document, ingest_now, record

from .factories import reviewer


@pytest.mark.requirement("S12")
@pytest.mark.requirement("Z36")
def test_a_decision_stands_in_the_record_xml_and_comes_back_when_the_database_is_lost(transactional_db):
    made = record(document(), custodian_id=places.archive().id, date_text="1958-11-03", title="围垦工程")
    ingest_now([made], settle=lambda ids: Record.objects.filter(id__in=ids).update(state=State.HELD))
    [decision] = open_records(record_ids=[made.id], ground="term", note="", actor=reviewer())
    withdraw(decision_id=decision.id, reason="涉及个人信息", actor=reviewer("审核员乙"))
    while deliver_pending():
        pass
    sequence_pending()

    [newest] = sorted(home().glob("vault/use/objects/**/v*/content/record.xml"))[-1:]
    with newest.open("rb") as stream:
        [(found_id, parts)] = read_records(stream)
    assert found_id == made.id
    assert [part["to_mark"] for part in parts["opening"]["decisions"]] == ["open", "unreviewed"]

    call_command("flush", interactive=False, verbosity=0)
    rebuild("backup-far")
    marks = list(decisions_of(made.id).order_by("id").values_list("to_mark", flat=True))
    assert marks == ["open", "unreviewed"]
    assert Record.objects.get(id=made.id).opening_mark == "unreviewed"
    acts = [entry.act for entry in history_of(Record.objects.get(id=made.id))]
    assert "vault.ingest" in acts
    assert "opening.withdraw" in acts

"""A classified file found later is shut off at once, and answered by somebody else."""

import pytest

from lantai.capture.tests import factories as capture
from lantai.core.actors import SYSTEM, Actor
from lantai.core.errors import Conflict, Forbidden, Invalid, NotFound
from lantai.records.api import Record, readable, record_for
from lantai.transfer.api import handle, isolate
from lantai.transfer.models import Correction, Isolation

from . import factories as make

pytestmark = pytest.mark.django_db
OFFICER = Actor(id="anquan", name="安全", via="web", roles=frozenset({"security_officer"}))


@pytest.mark.requirement("S18")
def test_from_the_moment_it_is_reported_nobody_sees_it():
    make.filed(2)
    record = Record.objects.first()
    archivist = capture.archivist()
    with pytest.raises(Invalid):
        isolate(record_id=record.id, reason=" ", actor=archivist)
    made = isolate(record_id=record.id, reason="首页右上角有密级标志", actor=archivist)

    assert readable(Record.objects.all(), archivist).count() == 1
    with pytest.raises(NotFound):
        record_for(record.id, archivist)
    assert make.prepared().items.count() == 1
    with pytest.raises(Conflict):
        isolate(record_id=record.id, reason="再报一次", actor=SYSTEM)
    assert Isolation.objects.get() == made


def test_it_leaves_the_hand_over_it_is_in_and_the_others_are_received():
    make.filed(2)
    handover = make.submitted()
    isolate(record_id=Record.objects.first().id, reason="正文第2页", actor=SYSTEM)
    assert Correction.objects.count() == 1
    handover = make.received(handover)
    assert handover.state == "received"
    assert sorted(Record.objects.values_list("state", flat=True)) == ["held", "isolated"]


def test_the_officer_clears_or_confirms_and_never_what_they_reported_themselves():
    make.filed(1)
    record = Record.objects.get()
    made = isolate(record_id=record.id, reason="附件封面", actor=capture.archivist())
    with pytest.raises(Forbidden):
        handle(isolation=made, confirmed=False, note="误报", actor=capture.archivist())
    handle(isolation=made, confirmed=False, note="经核对为“内部资料”，不是国家秘密", actor=OFFICER)
    record.refresh_from_db()
    assert (record.state, record.classification) == ("filed", "公开")
    again = isolate(record_id=record.id, reason="附件封面", actor=capture.archivist())
    handle(isolation=again, confirmed=True, note="定密文件，移送", actor=OFFICER)
    record.refresh_from_db()
    assert record.state == "isolated"
    with pytest.raises(Conflict):
        handle(isolation=again, confirmed=False, note="反悔", actor=OFFICER)

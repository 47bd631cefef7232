"""What was transferred and what was destroyed lies in the file of its fonds by itself."""

import pytest

from lantai.catalogue.fonds.filing import paper_path, withdraw_paper
from lantai.catalogue.models import FondsPaper
from lantai.core import events
from lantai.core.errors import Conflict
from lantai.formats.api import extract_text
from lantai.records.api import Fonds
from lantai.records.tests.factories import archive, fonds, receiver
from lantai.transfer.tests import factories as transfers

from .test_disposal import approved, carry_out, held

pytestmark = pytest.mark.django_db


@pytest.mark.requirement("S15")
@pytest.mark.usefixtures("no_scanner")
def test_what_was_transferred_and_what_was_destroyed_lies_in_the_file_by_itself():
    transfers.filed(1)
    handover = transfers.received(transfers.submitted())
    disposal = carry_out(approved([held("要销毁的")]))
    events.deliver_pending()
    events.deliver_pending()
    found = {row.kind: row for row in FondsPaper.objects.filter(fonds=fonds())}
    assert {kind: row.group for kind, row in found.items()} == {
        "handover_register": "2", "inspection_report": "2", "disposal_opinions": "4", "disposal_register": "4",
    }  # fmt: skip
    assert found["handover_register"].source == f"handover:{handover.id}"
    assert "移交与接收登记表" in "".join(extract_text(paper_path(found["handover_register"])))
    assert "要销毁的" in "".join(extract_text(paper_path(found["disposal_register"])))
    assert "同意" in "".join(extract_text(paper_path(found["disposal_opinions"])))
    assert found["disposal_register"].source == f"disposal:{disposal.id}"
    with pytest.raises(Conflict, match="自动归入"):
        withdraw_paper(paper=found["disposal_register"], reason="错", actor=receiver())


@pytest.mark.requirement("S15")
@pytest.mark.usefixtures("no_scanner")
def test_the_file_of_a_fonds_tells_nothing_of_what_others_destroyed():
    other = Fonds.objects.create(archive=archive(), code="J002", creator=fonds().creator, name="另一个全宗")
    carry_out(approved([held("本全宗的"), held("别家的", fonds_id=other.id)]))
    events.deliver_pending()
    for row, own, foreign in ((fonds(), "本全宗的", "别家的"), (other, "别家的", "本全宗的")):
        papers = FondsPaper.objects.filter(fonds=row)
        assert {paper.kind for paper in papers} == {"disposal_opinions", "disposal_register"}
        for paper in papers:
            text = "".join(extract_text(paper_path(paper)))
            assert own in text
            assert foreign not in text
        register = papers.get(kind="disposal_register")
        assert "全册 2 件" in "".join(extract_text(paper_path(register)))

"""The old catalogue is inspected before anything of it is taken."""

import pytest

from lantai.core.errors import Conflict
from lantai.demo.catalogue import SUBJECT, enter_catalogue, write_catalogue
from lantai.demo.settlement import actor_in, settle
from lantai.inspection.api import Report, standing_verdict
from lantai.ledger.api import Entry
from lantai.packages.api import ItemToWrite, write_folder_package
from lantai.records.api import Fonds, Record

pytestmark = pytest.mark.django_db


def told(_done, _total):
    pass


@pytest.fixture
def receiver():
    settle(told)
    return actor_in("receiving_archivist", Fonds.objects.select_related("archive").get(code="J001").archive)


def test_the_old_catalogue_is_inspected_once_and_entered_by_the_receiving_archivist(tmp_path, receiver):
    path = write_catalogue(tmp_path, 90)
    assert len(enter_catalogue(path, 90, receiver, told)) == 90
    assert enter_catalogue(path, 90, receiver, told) == []
    report = Report.objects.get(subject=SUBJECT)
    assert (report.stage, report.item_count, report.accepted_count) == ("YJ", 90, 90)
    assert standing_verdict(report) == "pass"
    entry = Entry.objects.get(act="records.create", subject=SUBJECT)
    assert (entry.actor, entry.count) == (receiver.id, 90)


def test_a_catalogue_that_inspection_refuses_is_not_entered(tmp_path, receiver):
    row = {"题名": "修堤", "责任者": "某社", "日期": "去年", "年度": 1955, "保管期限": "永久", "密级": "公开"}
    path = write_folder_package(tmp_path / "bad", [ItemToWrite(row)], {"内容": "仅目录"})
    with pytest.raises(Conflict):
        enter_catalogue(path, 1, receiver, told)
    assert not Record.objects.exists()

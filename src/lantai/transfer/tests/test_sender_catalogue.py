"""The agency's own catalogue database beside its hand-over, compared by the archive where its plan asks."""

import csv

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from lantai.core.actors import SYSTEM
from lantai.core.errors import Conflict, Invalid
from lantai.inspection.api import change_plan
from lantai.institutions.tests import factories as people
from lantai.records.tests import factories as records
from lantai.transfer.cataloguing import CHECK, attach_catalogue
from lantai.transfer.services import submit

from . import factories as make

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("DA/T 70 YJ-3-2")]


@pytest.fixture(autouse=True)
def _asked():
    """The archive's plan has the catalogue database compared."""
    setting = {CHECK: {"in_plan": True, "blocking": True, "weight": 1}}
    change_plan(
        archive=records.archive(), stage="YJ", category="", settings=setting, note="要比对", actor=SYSTEM
    )


def export(path, handover, skip=0, **changed):
    """What the agency's software writes; ``changed`` in its first row."""
    items = [item.record for item in handover.items.select_related("record").order_by("place")][skip:]
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.DictWriter(stream, ["归档号", "标题", "成文日期", "期限", "责任者"])
        writer.writeheader()
        for place, record in enumerate(items):
            row = {
                "归档号": record.reference_code, "标题": record.title, "成文日期": f"{record.date_start:%Y-%m-%d}",
                "期限": "永久", "责任者": record.responsible,
            }  # fmt: skip
            writer.writerow(row | (changed if place == 0 else {}))
    return path


def attached(handover, path):
    return attach_catalogue(handover=handover, file=path, name="目录.csv", actor=SYSTEM)


def test_equal_catalogues_pass_however_they_write_their_dates(tmp_path):
    make.filed(3)
    handover = make.prepared()
    assert attached(handover, export(tmp_path / "目录.csv", handover)).catalogue["matched"] == 3
    done = make.received(submit(handover=handover, actor=SYSTEM))
    assert done.state == "received"
    assert done.report.results[CHECK] == {"pass": 3}


def test_what_differs_and_what_is_lacking_goes_back_alone(tmp_path):
    make.filed(4)
    handover = make.prepared()
    attached(handover, export(tmp_path / "目录.csv", handover, skip=1, 责任者="别的单位"))
    done = make.received(submit(handover=handover, actor=SYSTEM))
    told = {row.item_number: (row.code, row.observed) for row in done.report.findings.filter(key=CHECK)}
    assert told == {1: ("YJ-3-2", "没有找到"), 2: ("YJ-3-2", "别的单位")}
    assert done.items.exclude(returned_at=None).count() == 2
    assert done.items.exclude(received_at=None).count() == 2


def test_where_the_plan_asks_none_goes_without_and_a_strange_one_is_refused(tmp_path):
    make.filed(1)
    handover = make.prepared()
    with pytest.raises(Invalid, match="与目录数据库比对"):
        submit(handover=handover, actor=SYSTEM)
    strange = tmp_path / "别处.csv"
    strange.write_text("档号,题名\nA001-WS·1999-Y-0001,别处的文件\n", encoding="utf-8")
    with pytest.raises(Invalid, match="没有这次移交的档案"):
        attached(handover, strange)
    attached(handover, export(tmp_path / "目录.csv", handover))
    submit(handover=handover, actor=SYSTEM)
    with pytest.raises(Conflict):
        attached(handover, strange)


def test_the_record_office_gives_it_on_the_page_of_the_draft(client, tmp_path):
    make.filed(2)
    handover = make.prepared()
    keeper = people.a_person("record_archivist", organisation=handover.agency)
    client.force_login(keeper, backend="django.contrib.auth.backends.ModelBackend")
    page = client.get(reverse("transfer:handover", args=[handover.id])).content.decode()
    assert "档案馆要与它逐件比对。" in page
    content = export(tmp_path / "目录.csv", handover).read_bytes()
    address = reverse("transfer:attach_catalogue", args=[handover.id])
    page = client.post(
        address, {"file": SimpleUploadedFile("目录.csv", content)}, follow=True
    ).content.decode()
    assert "配上这次移交的 2 件" in page

"""What an older system held against what stands here, to the last field."""

import gzip
import struct
from pathlib import Path

import pytest

from lantai.catalogue.exporting.protocols import is_genuine
from lantai.catalogue.exporting.reconciling import reconcile, remark
from lantai.catalogue.fonds.filing import paper_path
from lantai.catalogue.models import FondsPaper, MigrationProtocol
from lantai.core.errors import Invalid
from lantai.formats.api import extract_text
from lantai.records.api import Record
from lantai.records.tests.factories import fonds

from .tables import csv_file, database_file, dbf_file, loaded, prepared, row
from .terminal import run

pytestmark = pytest.mark.django_db
DATA = Path(__file__).parent / "data"


def dbf_rows(count):
    return [
        [f"J001-WS·2012-D30-BGS-{n:04d}", f"关于第{n}项工程的批复", "2012", "30年", "5"]
        for n in range(1, count + 1)
    ]


@pytest.mark.requirement("Z55")
@pytest.mark.parametrize("source", ["sqlite", "dbf"])
def test_a_migration_without_loss_agrees_in_every_count(tmp_path, source):
    rows = [row(n) for n in range(1, 8)]
    path = dbf_file(tmp_path, dbf_rows(7)) if source == "dbf" else database_file(tmp_path, rows)
    loaded(path)
    report = reconcile(file=path, fonds=fonds())
    assert report["agrees"], report
    assert report["source"] == report["here"]
    assert report["source"]["rows"] == 7
    assert report["source"]["by_year"] == {"2012": 7}
    assert report["source"]["by_category"] == {"WS": 7}
    assert report["source"]["by_retention"] == {"D30": 7}
    assert report["source"]["pages"] == 35


@pytest.mark.requirement("Z55")
def test_a_migration_from_access_agrees_in_every_count(tmp_path):
    path = tmp_path / "旧系统.mdb"
    path.write_bytes(gzip.decompress((DATA / "old.mdb.gz").read_bytes()))
    loaded(path)
    report = reconcile(file=path, fonds=fonds())
    assert report["agrees"], report
    assert (report["source"]["rows"], report["table"], report["incomplete"]) == (300, "文书档案目录", False)


@pytest.mark.requirement("Z55")
def test_a_dump_that_lost_rows_does_not_agree_with_its_own_import(tmp_path):
    path = dbf_file(tmp_path, dbf_rows(7))
    path.write_bytes(path.read_bytes()[:4] + struct.pack("<I", 9) + path.read_bytes()[8:])
    loaded(path)
    report = reconcile(file=path, fonds=fonds())
    assert (report["agrees"], report["incomplete"], report["source"]["rows"]) == (False, True, 7)
    assert "可能不完整" in remark(report)


@pytest.mark.requirement("Z55")
def test_what_is_lost_added_repeated_or_changed_is_named(tmp_path):
    path = database_file(tmp_path, [row(n) for n in range(1, 8)])
    loaded(path)
    Record.objects.filter(reference_code__endswith="0002").delete()
    Record.objects.filter(reference_code__endswith="0003").update(title="被改过的题名", page_count=9)
    loaded(csv_file(tmp_path, [row(20)]))
    again = csv_file(tmp_path, [*(row(n) for n in range(1, 8)), row(1), row(8, 档号="")], name="转储.csv")
    report = reconcile(file=again, fonds=fonds())
    assert not report["agrees"]
    assert (report["missing"], report["extra"], report["repeated"], report["uncoded"]) == (1, 1, 1, 1)
    assert report["examples"]["missing"] == ["J001-WS·2012-D30-BGS-0002"]
    assert report["examples"]["extra"] == ["J001-WS·2012-D30-BGS-0020"]
    assert report["differs"] == {"title": 1, "page_count": 1}
    assert {"code": "J001-WS·2012-D30-BGS-0003", "field": "page_count", "source": "5", "here": "9"} in report[
        "examples"
    ]["differences"]
    assert set(report["unequal"]) >= {"rows", "pages"}


@pytest.mark.requirement("Z55")
def test_the_protocol_is_sealed_and_lies_in_the_fonds_file(tmp_path):
    path = database_file(tmp_path, [row(n) for n in range(1, 4)])
    loaded(path)
    told = run("reconcile", "--source", path, "--fonds", "J001", "--sign", "--pdf", tmp_path / "核对书.pdf")
    assert told["agrees"]
    made = MigrationProtocol.objects.get(id=told["protocol"])
    assert is_genuine(made)
    made.report["source"]["rows"] = 4
    assert not is_genuine(made)
    paper = FondsPaper.objects.get(kind="migration")
    assert "数据迁移核对书" in "".join(extract_text(paper_path(paper)))
    assert (tmp_path / "核对书.pdf").read_bytes()[:4] == b"%PDF"


def test_a_difference_ends_the_command_with_findings_and_columns_can_be_told(tmp_path):
    prepared()
    path = csv_file(
        tmp_path, [["J001-WS·2012-D30-BGS-0001", "题", "2012"]], headings=["档号", "什么", "年度"]
    )
    with pytest.raises(Invalid, match="题名"):
        reconcile(file=path, fonds=fonds(), columns={"什么": ""})
    told = run("reconcile", "--source", path, "--fonds", "J001", "--column", "什么=title", code=1)
    assert (told["missing"], told["agrees"], told["protocol"]) == (1, False, None)

"""A schedule comes from a spreadsheet: columns told by their headings, every bad row named."""

import io
import json

import pytest
import typer
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from typer.testing import CliRunner

from lantai.capture.schedules.commands import register
from lantai.capture.schedules.reading import read_schedule, words_of
from lantai.capture.tables.reading import MOST_ROWS
from lantai.core.errors import Invalid
from lantai.records.api import RetentionSchedule
from lantai.records.tests import factories as records
from lantai.records.tests.test_pages import signed_in

pytestmark = pytest.mark.django_db
HEAD = ["序号", "归档文件材料名称", "保 管 期 限", "责任部门", "是否进馆", "去向"]


def workbook(*rows):
    target = io.BytesIO()
    with xlsxwriter.Workbook(target) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    return target.getvalue()


def read(tmp_path, *rows):
    records.department()
    path = tmp_path / "table.xlsx"
    path.write_bytes(workbook(*rows))
    return read_schedule(path, records.agency().id)


def test_headings_are_found_below_a_title_and_a_row_without_a_term_is_a_heading(tmp_path):
    table = read(
        tmp_path, ["某局归档范围和保管期限表"], [], HEAD, ["一", "人事类"],
        [1, "干部任免、奖惩等文件材料", "永久", "办公室", "是"], [2, "值班记录", "10年", "", "否"],
    )  # fmt: skip
    first, second = table.rules
    assert (first.number, first.heading, first.retention, first.to_archive) == ("1", "人事类", "Y", True)
    assert (first.department.name, first.keywords) == ("办公室", ["干部任免", "奖惩"])
    assert (second.retention, second.to_archive) == ("D10", False)
    assert (table.problems, table.unknown, table.guessed) == ([], ["去向"], True)


def test_every_bad_row_is_named_with_its_number_and_what_to_do(tmp_path):
    table = read(
        tmp_path, HEAD, ["1", "会议记录", "永久", ""], ["1", "通知", "10年", ""], ["3", "", "30年", "办公室", "是"],
        ["4", "请示", "三千年", ""], ["5", "批复", "永久", "没有的处"],
    )  # fmt: skip
    assert [bad.row for bad in table.problems] == [3, 4, 5, 6]
    told = " ".join(bad.problem for bad in table.problems)
    for word in ("第 2 行重复", "归档文件材料名称", "三千年", "没有的处"):
        assert word in told


def test_a_csv_of_an_old_office_is_read_and_words_of_ones_own_are_kept(tmp_path):
    path = tmp_path / "t.csv"
    path.write_bytes(
        "条款号,文件材料名称,期限,匹配词,文种\n3.2,干部任免,永久,任免、任职；免职,决定、通知\n".encode(
            "gb18030"
        )
    )
    (rule,) = read_schedule(path, records.agency().id).rules
    assert (rule.keywords, rule.document_types) == (["任免", "任职", "免职"], ["决定", "通知"])


def test_a_table_without_headings_is_refused(tmp_path):
    with pytest.raises(Invalid, match="保管期限"):
        read(tmp_path, ["甲", "乙"], ["1", "2"])


@pytest.mark.parametrize(
    ("material", "words"),
    [
        ("机构设置、撤并、名称更改和编制的文件材料", ["机构设置", "撤并", "名称更改", "编制"]),
        ("本单位党组会议记录", ["党组会议记录"]),
        ("其他", []),
    ],
)
def test_words_are_cut_from_a_materials_name(material, words):
    assert words_of(material) == words


@pytest.mark.requirement("Z40")
def test_an_archivist_imports_a_table_on_the_page(client):
    signed_in(client)
    url = reverse("capture:import_schedule")
    assert client.get(url).status_code == 200

    def send(*rows):
        file = SimpleUploadedFile("表.xlsx", workbook(*rows))
        sent = {"file": file, "name": "期限表", "version": "2025", "effective_from": "2025-01-01"}
        return client.post(url, sent)

    refused = send(HEAD, ["1", "会议记录", "永久"], ["2", "通知", "很久"])
    assert (refused.status_code, RetentionSchedule.objects.count()) == (422, 0)
    assert "很久" in refused.content.decode()
    assert send(HEAD, ["1", "会议记录", "永久"]).status_code == 302
    schedule = RetentionSchedule.objects.get()
    assert (schedule.state, schedule.rules.get().keywords) == ("draft", ["会议记录"])
    assert send(HEAD, ["1", "会议记录", "永久"]).status_code == 422


def _import(path, *options):
    app = typer.Typer()
    register(app)
    result = CliRunner().invoke(
        app, ["schedule", "import", str(path), "--agency", records.agency().code, "--json", *options]
    )
    return result.exit_code, json.loads(result.stdout.splitlines()[-1])


def test_the_command_imports_a_draft_or_names_every_bad_row(tmp_path):
    path = tmp_path / "table.xlsx"
    path.write_bytes(workbook(HEAD, ["1", "会议记录", "永久"], ["2", "值班记录", "三千年"]))
    code, told = _import(path)
    assert (code, told["id"], [bad["row"] for bad in told["problems"]]) == (1, "", [3])
    assert not RetentionSchedule.objects.exists()
    path.write_bytes(workbook(HEAD, ["1", "会议记录", "永久"], ["2", "值班记录", "10年"]))
    code, told = _import(path, "--version", "2025", "--from", "2025-01-01")
    made = RetentionSchedule.objects.get()
    assert (code, told["id"], told["rules"]) == (0, str(made.id), 2)
    assert (made.version, str(made.effective_from), made.state) == ("2025", "2025-01-01", "draft")


def test_a_table_that_can_be_no_schedule_is_refused_before_it_fills_memory(tmp_path):
    path = tmp_path / "条目.csv"
    path.write_text("归档文件材料名称,保管期限\n" + "材料,不知道\n" * (MOST_ROWS + 1), encoding="utf-8")
    with pytest.raises(Invalid, match="20000"):
        read_schedule(path, records.agency().id)

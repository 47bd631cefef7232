"""A package goes in; records come out, or a report that says what to do."""

from datetime import date
from types import SimpleNamespace
from zipfile import ZipFile

import pytest

from lantai.capture import workplace
from lantai.capture.api import MatterDraft, SubmissionItem, register_matters, returned_items, standing
from lantai.capture.drafting import _page_count
from lantai.capture.intake import intake_folder
from lantai.capture.receipts import receipt_holds
from lantai.capture.services import sweep_intake
from lantai.core.actors import SYSTEM
from lantai.core.settings import home
from lantai.inspection.api import change_plan
from lantai.ledger.api import Entry
from lantai.packages.api import ArchiveRefused
from lantai.records.api import Document, Record, document_path
from lantai.records.tests import factories as records

from . import factories as make

pytestmark = pytest.mark.django_db


def reasons(submission):
    """Of each returned item: its place, and the rules it broke."""
    return {item.sequence: sorted({f["key"] for f in item.findings}) for item in returned_items(submission)}


@pytest.mark.requirement("Z5")
@pytest.mark.requirement("S27")
def test_a_good_package_becomes_records_with_their_files_and_a_signed_receipt():
    submission = make.processed(make.package(make.item(1), make.item(2, files=[make.pdf(2), make.pdf()])))

    assert submission.state == "accepted"
    assert submission.counts | {"findings": []} == {
        "items": 2, "accepted": 2, "returned": 0, "purged": 0, "whole_returned": False, "findings": [],
    }  # fmt: skip
    first, second = Record.objects.order_by("title")
    assert first.state == "captured"
    assert (first.year, first.retention, first.unit_code) == (2024, "Y", "BGS")
    assert first.created_in == f"submission:{submission.id}"
    assert [document.role for document in second.documents.all()] == ["body", "attachment"]
    for document in Document.objects.select_related("record"):
        assert document_path(document).read_bytes().startswith(b"%PDF")
        assert document_path(document).stat().st_size == document.size_bytes
    assert receipt_holds(submission.receipt)
    assert submission.receipt["facts"]["package"]["sm3"] == submission.sm3


def test_a_page_count_that_is_no_number_is_counted_instead():
    """`"²".isdigit()` is true and `int("²")` raises: it must not stop the job."""
    document = SimpleNamespace(page_count=3)
    assert [_page_count(told, [document]) for told in ("12", " 7 ", "²", "9" * 5000, "")] == [12, 7, 3, 3, 3]


def test_a_changed_receipt_does_not_hold():
    receipt = make.processed(make.package(make.item())).receipt
    receipt["facts"]["counts"]["accepted"] = 99
    assert not receipt_holds(receipt)


def test_nothing_stays_in_the_intake_once_a_submission_is_finished():
    make.processed(make.package(make.item()))
    assert list((home() / "intake").iterdir()) == []


def test_every_act_has_its_line_in_the_ledger():
    submission = make.processed(make.package(make.item(1), make.item(2)))
    lines = Entry.objects.filter(subject=f"submission:{submission.id}").values_list("act", "count")
    assert sorted(lines) == [("capture.finish", 2), ("capture.receive", 1), ("records.create", 2)]


MOJIBAKE = "关于召开防汛工作会议的通知".encode().decode("gb18030", errors="ignore")
FAULTS = {
    "a wrong digest": ({"数字摘要": "sm3:" + "0" * 64}, None, "auth.fixity"),
    "three attachments announced, one there": ({"附件数": "3"}, None, "int.content.attach"),
    "mojibake": ({"题名": MOJIBAKE}, None, "auth.meta.char"),
    "no author": ({"责任者": ""}, None, "int.meta.required"),
    "a year in the future": ({"年度": "2031", "日期": "20310101"}, None, "auth.meta.reason"),
    "a locked PDF": ({}, make.locked_pdf, None),
    "a virus": ({}, make.virus, "sec.av.scan"),
}


@pytest.mark.requirement("Z4")
@pytest.mark.parametrize("fault", FAULTS)
def test_a_faulty_item_goes_back_with_file_rule_and_remedy_and_the_others_go_on(fault):
    columns, files, key = FAULTS[fault]
    bad = make.item(7, files=[files()] if files else None, **columns)

    submission = make.processed(make.package(make.item(6), bad, make.item(8)))

    assert submission.state == "partly_accepted"
    assert submission.counts["accepted"] == 2
    (item,) = returned_items(submission)
    assert item.sequence == 2
    if key:
        assert key in {finding["key"] for finding in item.findings}
    for finding in item.findings:
        assert finding["subject"]
        assert finding["code"]
        assert finding["remedy"]
    assert Record.objects.count() == 2


@pytest.mark.parametrize("declaration", [{"总件数": 5}, {"总字节数": 1}])
def test_a_package_whose_totals_are_wrong_goes_back_as_a_whole(declaration):
    submission = make.processed(make.package(make.item(1), make.item(2), declaration=declaration))

    assert submission.state == "returned"
    assert submission.counts["whole_returned"]
    assert submission.counts["findings"][0]["remedy"]
    assert returned_items(submission).count() == 2
    assert Record.objects.count() == 0
    assert not list((home() / "holdings").rglob("*.pdf")) if (home() / "holdings").exists() else True


@pytest.mark.requirement("Z5")
def test_what_is_classified_is_purged_and_leaves_nothing_but_a_note():
    secret = make.item(3, 密级="机密", 题名="关于某项秘密工程的请示")
    submission = make.processed(make.package(make.item(2), secret))

    (item,) = returned_items(submission)
    assert "秘密工程" not in f"{item.title}{item.findings}"
    assert item.findings[0]["remedy"]
    assert submission.counts["purged"] == 1
    assert Entry.objects.get(act="capture.purge").count == 1
    findings = "".join(f"{f.item_title}{f.subject}{f.observed}" for f in submission.report.findings.all())
    assert "秘密工程" not in findings
    everything = [path for path in home().rglob("*") if path.is_file() and "made" not in path.parts]
    assert not any(
        "秘密工程".encode() in path.read_bytes() for path in everything if "sqlite" not in path.name
    )


def test_an_item_of_no_known_class_is_told_so():
    submission = make.processed(make.package(make.item(1), make.item(2, 年度="1999", 日期="19990101")))
    assert reasons(submission) == {2: ["capture.scheme"]}


def test_a_record_captured_before_is_not_captured_again():
    make.processed(make.package(make.item(1)))
    again = make.processed(make.package(make.item(1), make.item(2)))
    assert reasons(again) == {1: ["auth.meta.dup"]}
    assert Record.objects.count() == 2


def test_items_sent_again_are_linked_to_the_batch_they_came_back_from():
    first = make.processed(make.package(make.item(1), make.item(2, 责任者="")))
    assert standing(make.agency()).owed == 1

    second = make.processed(make.package(make.item(2)), previous=first)

    assert second.previous == first
    assert standing(make.agency()).owed == 0
    assert SubmissionItem.objects.filter(state="accepted").count() == 2


def test_retention_that_was_not_given_is_proposed_and_flagged():
    missing = make.item(1, 保管期限="")
    submission = make.processed(make.package(missing))
    assert submission.state == "returned"  # DA/T 46 M12 is mandatory at this stage


@pytest.mark.parametrize("name", ["../outside.txt", "/etc/outside.txt"])
def test_an_archive_that_points_outside_is_returned_and_writes_nothing(name, tmp_path):
    import zipfile

    path = tmp_path / "hostile.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(name, "x")
    make.agency()

    submission = make.processed(path)

    assert submission.state == "returned"
    assert submission.counts["findings"][0]["remedy"]
    assert not list(home().rglob("outside.txt"))


@pytest.mark.parametrize("content", [b"not an archive", b"PK\x03\x04 cut"])
def test_what_is_no_archive_ends_in_a_report_and_not_in_a_fault(content, tmp_path):
    path = tmp_path / "broken.zip"
    path.write_bytes(content)
    make.agency()
    submission = make.processed(path)
    assert submission.state == "returned"
    assert submission.counts["items"] == 0
    assert submission.counts["findings"]


def test_what_a_killed_process_still_writes_is_not_in_the_way(monkeypatch):
    submission = make.received(make.package(make.item(1))).submission
    left = intake_folder(submission.id) / "content.partial"
    with ZipFile(home() / submission.package_path) as archive:
        archive.extractall(left)
    monkeypatch.setattr(workplace.shutil, "rmtree", lambda *_given, **_named: None)  # it writes it anew
    assert make.run_process(submission).state == "accepted"


def test_nothing_is_decided_on_a_package_that_could_not_be_unpacked_for_once(monkeypatch):
    submission = make.received(make.package(make.item(1))).submission

    def refuse(archive, _into, _limits):
        raise ArchiveRefused("压缩包无法解开：子进程中断。", archive.name, unsafe=False)

    with monkeypatch.context() as patch:
        patch.setattr(workplace, "safe_extract", refuse)
        with pytest.raises(ArchiveRefused, match="中断"):
            make.run_process(submission)
    submission.refresh_from_db()
    assert (submission.state, submission.report, list(submission.items.all())) == ("failed", None, [])
    assert make.run_process(submission).state == "accepted"


def test_a_folder_on_this_machine_is_taken_as_it_is():
    source = make.package(make.item(1), archive=False)
    before = sorted(path.name for path in source.rglob("*"))
    assert make.processed(source).state == "accepted"
    assert sorted(path.name for path in source.rglob("*")) == before


def test_what_is_discarded_is_removed_by_the_next_sweep():
    submission = make.processed(make.package(make.item()))
    assert [path.name for path in (home() / "leaving").iterdir()] == [str(submission.id)]
    sweep_intake()
    assert list((home() / "leaving").iterdir()) == []


def _own_plan(category="", **settings):
    change_plan(
        archive=records.archive(),
        stage="GD",
        category=category,
        settings=settings,
        note="本馆方案",
        actor=SYSTEM,
    )


@pytest.mark.requirement("DA/T 70 GD-3-2")
def test_what_the_office_system_registered_is_the_second_copy_where_the_plan_asks_for_it():
    make.agency()
    titles = ("关于第1号水利工程验收的通知", "关于水库除险的批复")
    matters = [
        MatterDraft(number=f"云发改〔2024〕{n}号", title=title, closed_on=date(2024, n, 1), documents=())
        for n, title in enumerate(titles, 1)
    ]
    register_matters(agency=make.agency(), matters=matters, source="api", actor=make.archivist())
    assert make.processed(make.package(make.item(1), make.item(2))).counts["returned"] == 0
    _own_plan(**{"use.meta.access": {"in_plan": True, "blocking": True, "weight": 1}})
    again = make.processed(
        make.package(make.item(21), make.item(2, 日期="20240401", 题名="关于第22号的通知"))
    )
    assert reasons(again) == {2: ["use.meta.access"]}
    (item,) = returned_items(again)
    assert "关于水库除险的批复" in item.findings[0]["observed"]


@pytest.mark.requirement("S19")
def test_the_plan_of_its_class_inspects_a_package():
    make.agency()
    _own_plan("WS", **{"auth.meta.char": {"in_plan": True, "blocking": True, "weight": 1}})
    odd = {"题名": "关于\ue000某水库验收的通知"}
    told = make.processed(make.package(make.item(1, **odd), declaration={"移交单位": "甲", "门类": "WS"}))
    assert told.report.plan_version.endswith("/WS.1")
    untold = make.processed(make.package(make.item(2), make.item(3, 门类="WS")))
    assert not untold.report.plan_version.endswith("/WS.1")
    assert make.processed(make.package(make.item(4, 门类="WS"))).report.plan_version.endswith("/WS.1")

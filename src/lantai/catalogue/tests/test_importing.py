"""A catalogue on its way in: every problem by row, once and not twice, and back out again."""

import json
import os
import re
from datetime import timedelta
from uuid import UUID

import pytest
import python_calamine
from django.utils import timezone
from django.utils.translation import override

from lantai.catalogue.importing import loading, services
from lantai.catalogue.importing.corrected import write_corrected
from lantai.catalogue.importing.crossing import Crossing
from lantai.catalogue.importing.fields import require_columns
from lantai.catalogue.importing.keeping import keep_part
from lantai.catalogue.importing.problems import describe
from lantai.catalogue.importing.rows import Seen
from lantai.catalogue.importing.spool import Spool
from lantai.catalogue.importing.sweeping import KEPT_DAYS, sweep_imports
from lantai.catalogue.models import Import, ImportPart
from lantai.core.actors import SYSTEM
from lantai.core.errors import Conflict, Forbidden, Invalid
from lantai.core.identifiers import new_id
from lantai.core.jobs import run_inline
from lantai.core.jobs.execution import execute
from lantai.core.jobs.models import Job
from lantai.core.settings import home
from lantai.institutions.api import person_actor
from lantai.institutions.tests.factories import a_person, an_archive
from lantai.ledger.api import entries_for
from lantai.records.api import ClassCount, Record, Volume

from .tables import HEADINGS, checked, csv_file, kinds_by_row, loaded, prepared, row, sheet_file, undone

pytestmark = pytest.mark.django_db


def test_a_term_spelled_out_in_a_code_is_told_with_what_the_code_wants(tmp_path):
    batch = checked(csv_file(tmp_path, [row(1, 档号="J001-WS·2012-永久-BGS-0001", 保管期限="永久")]))
    assert kinds_by_row(batch) == {2: {"retention_in_code"}}
    assert [problem.details for problem in batch.problems.all()] == [{"text": "永久", "code": "Y"}]


@pytest.mark.requirement("S15")
def test_the_dry_run_shows_every_problem_by_row_and_imports_nothing(tmp_path):
    batch = checked(
        csv_file(
            tmp_path,
            [
                row(1),
                row(1, 题名="同号"),
                row(3, 日期="2012-13-05", 保管期限="三十载"),
                row(4, 日期="41000", 页数="五页"),
                row(5, 年度="2013"),
                row(6, 档号="J999-WS·2012-D30-BGS-0006"),
                row(7, 档号="J001-WS·2012-D30-BGS-7"),
                row(8, 题名=""),
                row(9, 档号="J001-KU·2012-D30-BGS-0009"),
                row(10, 档号="J001-WS·1958-Y-101-001", 年度="1958", 日期="1958年", 保管期限="永久"),
                row(11, 日期="20140101"),
            ],
        )
    )
    assert kinds_by_row(batch) == {
        3: {"duplicate"},
        4: {"date_form", "retention_form"},
        5: {"date_serial", "pages_form"},
        6: {"year_differs"},
        7: {"code_other_fonds"},
        8: {"code_form"},
        9: {"title_missing"},
        10: {"scheme_unknown"},
        11: {"orphan"},
        12: {"date_after_year"},
    }
    assert (batch.counts["rows"], batch.counts["good"], batch.counts["bad"]) == (11, 2, 9)
    assert not Record.objects.exists()
    with pytest.raises(Conflict, match="9 行有问题"):
        services.start_load(batch=batch, actor=SYSTEM)


def test_rows_are_imported_with_dates_terms_places_and_one_ledger_line_a_piece(tmp_path):
    batch = loaded(csv_file(tmp_path, [row(1, 日期="1958年3月", 备注="有附图"), row(2)]))
    assert batch.state == Import.State.DONE
    record = Record.objects.get(reference_code__endswith="0001")
    assert (record.retention, record.year, record.item_number, record.unit_code) == ("D30", 2012, 1, "BGS")
    assert (str(record.date_start), str(record.date_end), record.date_certainty) == (
        "1958-03-01",
        "1958-03-31",
        "month",
    )
    assert (record.metadata, record.state, record.number_state) == ({"M75": "有附图"}, "held", "fixed")
    part = batch.parts.get()
    assert record.created_in == f"import:{part.id}"
    assert [(entry.act, entry.count) for entry in entries_for(record.created_in)] == [("records.create", 2)]
    assert sum(ClassCount.objects.values_list("records", flat=True)) == 2


def test_volumes_come_before_their_items_and_their_pages_are_added_up(tmp_path):
    def item(number, pages):
        return row(
            number,
            档号=f"J001-WS·1958-Y-101-{number:03d}",
            年度="1958",
            日期="1958",
            保管期限="永久",
            页数=pages,
        )

    volume = row(0, 档号="J001-WS·1958-Y-101", 题名="土改卷", 年度="1958", 日期="", 保管期限="永久", 页数="9")
    batch = loaded(csv_file(tmp_path, [item(1, "3"), item(2, "5"), volume]))
    assert kinds_by_row(batch) == {4: {"volume_pages_differ"}}
    assert Record.objects.filter(volume=Volume.objects.get(title="土改卷")).count() == 2


def test_a_code_that_is_there_is_a_problem_or_skipped_or_merged(tmp_path):
    loaded(csv_file(tmp_path, [row(1, 备注="旧")]))
    again = csv_file(tmp_path, [row(1, 题名="更正后的题名", 责任者=""), row(2)], name="again.csv")
    assert kinds_by_row(checked(again)) == {2: {"code_used"}}
    skipped = loaded(again, known="skip")
    assert (skipped.counts["loaded"]["created"], skipped.counts["loaded"]["skipped"]) == (1, 1)
    merged = loaded(again, known="merge")
    first = Record.objects.get(reference_code__endswith="0001")
    assert (first.title, first.responsible, first.metadata["M75"]) == (
        "更正后的题名",
        "云州市发展和改革委员会",
        "旧",
    )
    undone(merged)
    first.refresh_from_db()
    assert first.title == "关于第1项工程立项的批复"
    assert Record.objects.count() == 2


def test_volumes_that_are_there_are_left_by_a_merge_and_that_is_told(tmp_path):
    volume = row(0, 档号="J001-WS·1958-Y-101", 题名="土改卷", 年度="1958", 日期="", 保管期限="永久")
    item = row(1, 档号="J001-WS·1958-Y-101-001", 年度="1958", 日期="1958", 保管期限="永久")
    loaded(csv_file(tmp_path, [volume, item]))
    volume[1] = "土地改革卷"
    batch = loaded(csv_file(tmp_path, [volume, item], name="again.csv"), known="merge")
    assert Volume.objects.get().title == "土改卷"
    assert [problem.details for problem in batch.problems.filter(kind="volumes_stay")] == [{"count": 1}]


@pytest.mark.requirement("S15")
def test_an_import_is_taken_back_by_one_act_but_for_what_was_touched_since(tmp_path):
    batch = loaded(csv_file(tmp_path, [row(1), row(2), row(3)]))
    touched = Record.objects.get(reference_code__endswith="0003")
    Record.objects.filter(id=touched.id).update(title="有人改过", changed_at=timezone.now())
    batch = undone(batch)
    assert list(Record.objects.values_list("title", flat=True)) == ["有人改过"]
    assert (batch.counts["undone"]["removed"], batch.counts["undone"]["stayed"]) == (2, 1)
    assert sum(ClassCount.objects.values_list("records", flat=True)) == 1
    assert loaded(csv_file(tmp_path, [row(1)], name="again.csv")).counts["loaded"]["created"] == 1


@pytest.mark.requirement("S15")
def lay_out_anew(batch, size):
    """Cuts what is ready to load into smaller pieces than a file of this size has."""
    spool = Spool(batch.id)
    rows = spool.read(spool.pieces("records")[0])
    writer = spool.writer("records")
    for start in range(0, len(rows), size):
        part = rows[start : start + size]
        writer.put(json.dumps(part).encode(), len(part), part[0][0], part[-1][0])
    writer.finish()


@pytest.mark.requirement("S15")
def test_a_killed_import_goes_on_and_nothing_comes_twice(tmp_path, monkeypatch):
    batch = checked(csv_file(tmp_path, [row(number) for number in range(1, 21)]))
    lay_out_anew(batch, 5)
    monkeypatch.setattr(loading, "TOGETHER", 1)
    services.start_load(batch=batch, actor=SYSTEM, enqueue=False)
    original, calls = loading._load_piece, []

    def dies_at_the_second(*given, **named):
        calls.append(1)
        done = original(*given, **named)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return done

    monkeypatch.setattr(loading, "_load_piece", dies_at_the_second)
    with pytest.raises(KeyboardInterrupt):
        run_inline(services.LOAD, SYSTEM, progress=False, import_id=str(batch.id))
    assert Record.objects.count() == 5
    job = Job.objects.latest("id")
    Job.objects.filter(id=job.id).update(state="queued")
    execute(job.id)
    batch.refresh_from_db()
    assert (Record.objects.count(), batch.counts["loaded"]["created"], batch.parts.count()) == (20, 20, 4)


@pytest.mark.parametrize("known", ["refuse", "skip"])
def test_codes_that_are_used_between_the_dry_run_and_the_load_are_left_as_they_stand(tmp_path, known):
    batch = checked(csv_file(tmp_path, [row(1), row(2, 题名="后来的"), row(3)]), known=known)
    loaded(csv_file(tmp_path, [row(2, 题名="先到的")], name="先到.csv"))
    services.start_load(batch=batch, actor=SYSTEM, enqueue=False)
    run_inline(services.LOAD, SYSTEM, progress=False, import_id=str(batch.id))
    batch.refresh_from_db()
    assert batch.counts["loaded"] == {"created": 2, "skipped": 1}
    assert sorted(Record.objects.values_list("title", flat=True)).count("先到的") == 1
    assert (Record.objects.count(), batch.parts.count()) == (3, 1)


def test_the_corrected_file_holds_the_rows_with_what_is_wrong_and_comes_back(tmp_path):
    batch = checked(sheet_file(tmp_path, [row(1), row(2, 日期="41000"), row(3, 题名="")]))
    target = tmp_path / "待改正.xlsx"
    assert write_corrected(batch, target) == 2
    rows = python_calamine.load_workbook(str(target)).get_sheet_by_index(0).to_python()
    assert rows[0] == [*HEADINGS, "核对意见", "原行号"]
    assert (rows[1][4], rows[1][-1]) == ("20120401", 3)
    assert "没有题名" in rows[2][-2]
    again = checked(target)
    assert kinds_by_row(again)[3] == {"title_missing"}
    assert 2 not in kinds_by_row(again)


def test_a_corrected_file_keeps_what_was_said_of_the_columns(tmp_path):
    headings = [{"题名": "卷宗内容"}.get(heading, heading) for heading in HEADINGS]
    path = sheet_file(tmp_path, [row(1, 页数="五")], headings=headings)
    batch = services.receive_file(file=path, fonds=prepared(), actor=SYSTEM)
    columns = [
        "title" if heading == "卷宗内容" else key
        for heading, key in zip(headings, batch.columns, strict=True)
    ]
    services.confirm_columns(batch=batch, columns=columns, actor=SYSTEM)
    found = checked(path)
    for language in ("zh-hans", "en"):
        with override(language):
            write_corrected(found, tmp_path / "待改正.xlsx")
            again = checked(tmp_path / "待改正.xlsx")
        assert again.columns == [*columns, "", ""]
        assert kinds_by_row(again) == {2: {"pages_form"}}


@pytest.mark.parametrize("mark", ["机密★10年", "秘 密", "绝密级"])
def test_a_classified_row_has_the_whole_file_refused_and_removed(tmp_path, mark):
    headings = [*HEADINGS, "密级"]
    batch = checked(csv_file(tmp_path, [[*row(1), mark], [*row(2, 题名=""), "公开"]], headings=headings))
    assert batch.state == Import.State.REFUSED
    assert kinds_by_row(batch) == {2: {"classified"}}
    assert not Spool(batch.id).folder.exists()


def test_nobody_imports_into_the_fonds_of_others(tmp_path):
    stranger = person_actor(a_person("receiving_archivist", organisation=an_archive()))
    with pytest.raises(Forbidden):
        services.receive_file(file=csv_file(tmp_path, [row(1)]), fonds=prepared(), actor=stranger)


def test_rows_above_one_another_in_a_circle_are_found():
    crossing = Crossing()
    seen = [
        Seen(2, "A", "", 0, True, "B"),
        Seen(3, "B", "", 0, True, "C"),
        Seen(4, "C", "", 0, True, "A"),
        Seen(5, "D", "", 0, True, "D"),
    ]
    assert not list(crossing.take(seen))
    found = [problem for problem in crossing.close(lambda _codes: set()) if problem.kind == "cycle"]
    assert sorted(problem.row for problem in found) == [2, 3, 4, 5]
    assert "A" in found[0].details["path"]


@pytest.mark.requirement("S28")
def test_entries_come_to_stand_in_the_vault_and_can_still_be_taken_back(tmp_path):
    batch = loaded(csv_file(tmp_path, [row(1), row(2)]))
    part = batch.parts.get()
    assert keep_part(part) == 2
    assert keep_part(part) == 0
    assert ImportPart.objects.get(id=part.id).kept
    kept = Record.objects.filter(vault_entry__isnull=False)
    assert kept.count() == 2
    undone(batch)
    assert not Record.objects.exclude(reference_code="").exists()
    assert loaded(csv_file(tmp_path, [row(1)], name="again.csv")).counts["loaded"]["created"] == 1


def test_the_keys_of_a_part_are_those_of_its_records(tmp_path):
    part = loaded(csv_file(tmp_path, [row(1)])).parts.get()
    assert list(loading.keys_in(part.created)) == [Record.objects.get().id]
    assert isinstance(next(loading.keys_in(part.created)), UUID)


def test_what_imports_leave_on_disk_goes_once_nobody_needs_it(tmp_path):
    waiting = checked(csv_file(tmp_path, [row(1)], name="等.csv"))
    done = loaded(csv_file(tmp_path, [row(2)], name="成.csv"))
    fresh = checked(csv_file(tmp_path, [row(3)], name="新.csv"))
    stray = home() / "imports" / str(new_id())
    stray.mkdir()
    assert sweep_imports() == 0
    long_ago = timezone.now() - timedelta(days=KEPT_DAYS + 1)
    Import.objects.filter(id__in=[waiting.id, done.id]).update(created_at=long_ago, done_at=long_ago)
    os.utime(stray, (0, 0))
    assert sweep_imports() == 3
    assert not Import.objects.filter(id=waiting.id).exists()
    assert Import.objects.get(id=done.id).problems.exists() == done.problems.exists()
    assert [folder.name for folder in (home() / "imports").iterdir()] == [str(fresh.id)]
    undone(Import.objects.get(id=done.id))
    assert not Record.objects.exists()


def test_what_columns_lack_is_said_in_the_readers_language():
    with override("en"):
        with pytest.raises(Invalid) as missing:
            require_columns(["responsible"])
        with pytest.raises(Invalid) as twice:
            require_columns(["reference_code", "title", "date_text", "date_text"])
        told = [str(missing.value), str(twice.value), describe("column_missing", {"title": "责任者"})]
    assert not [text for text in told if re.search("[\u4e00-\u9fff]", text)]
    assert "“Reference code”" in told[0]

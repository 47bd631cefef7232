"""Many cells saved in one act, each checked; the last save undone in one act."""

import json
import time

import pytest
from django.urls import reverse

from lantai.capture.arrangement_models import GridEdit, Overruling
from lantai.capture.grid import RowEdit, grid_rows, row_of, save_cells, undo_edit
from lantai.core.actors import SYSTEM
from lantai.core.errors import Conflict, Forbidden
from lantai.ledger.api import Entry
from lantai.records.api import Record, create_records, history_of
from lantai.records.tests import factories as records
from lantai.records.tests.test_pages import signed_in

from . import factories as make
from .test_arrangement import captured, fix, number

pytestmark = pytest.mark.django_db


def edit(record, **cells):
    record.refresh_from_db()
    return RowEdit(record.id, record.changed_at.isoformat(), cells)


def save(*edits, reason="", actor=SYSTEM):
    return save_cells(scheme=make.scheme(), year=2024, edits=edits, reason=reason, actor=actor)


@pytest.mark.requirement("Z41")
def test_good_cells_are_saved_in_one_act_and_bad_ones_come_back_with_what_to_do():
    first, second = captured("2024-01-01", "2024-02-01")
    saved = save(
        edit(first, title="新题名", page_count="12", date_text="民国三年"),
        edit(second, page_count="十二页", date_text="没有日子", retention="永远的", unit_code="RSC"),
    )
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.title, first.page_count, first.date_start.year) == ("新题名", 12, 1914)
    assert (second.unit_code, second.page_count, second.retention) == ("RSC", 0, "Y")
    assert set(saved.problems[second.id]) == {"page_count", "date_text", "retention"}
    (entry,) = Entry.objects.filter(act="capture.edit_grid")
    assert (entry.count, entry.subject) == (2, f"batch:{saved.edit_id}")
    assert "capture.edit_grid" in [row.act for row in history_of(first)]


def test_a_row_changed_by_somebody_else_is_left_and_named():
    (record,) = captured("2024-01-01")
    stale = edit(record, title="我的")
    save(edit(record, title="别人的"))
    saved = save(stale)
    record.refresh_from_db()
    assert (record.title, saved.edit_id, set(saved.problems[record.id])) == ("别人的", None, {""})


def test_a_fixed_record_keeps_its_class_but_its_title_may_be_mended():
    (record,) = captured("2024-01-01")
    number()
    fix()
    saved = save(edit(record, title="改正的题名", retention="10年"))
    record.refresh_from_db()
    assert (record.title, record.retention) == ("改正的题名", "Y")
    assert "定号" in saved.problems[record.id]["retention"]


def test_a_term_other_than_proposed_needs_a_reason_which_is_kept():
    (record,) = captured("2024-01-01", retention="")
    Record.objects.update(title="关于张三任免的通知")
    refused = save(edit(record, retention="10年"))
    assert "任免" in refused.problems[record.id]["retention"]
    save(edit(record, retention="10年"), reason="代拟稿，正式文件在组织部")
    kept = Overruling.objects.get()
    assert (kept.proposed, kept.chosen, kept.reason) == ("永久", "10年", "代拟稿，正式文件在组织部")


def test_the_last_save_is_undone_as_an_act_and_only_if_nothing_changed_since():
    first, second = captured("2024-01-01", "2024-02-01")
    before = [row_of(row)["cells"] for row in grid_rows(make.scheme(), 2024)]
    one = save(edit(first, title="一", note="附"), edit(second, title="二", date_text="1999"))
    two = save(edit(first, title="三"))
    undo = {"scheme": make.scheme(), "year": 2024, "actor": SYSTEM}
    with pytest.raises(Conflict):
        undo_edit(edit_id=one.edit_id, **undo)
    undo_edit(edit_id=two.edit_id, **undo)
    undo_edit(edit_id=one.edit_id, **undo)
    assert [row_of(row)["cells"] for row in grid_rows(make.scheme(), 2024)] == before
    assert Entry.objects.filter(act="capture.undo_grid").count() == 2
    assert not GridEdit.objects.filter(undone_at=None).exists()
    three = save(edit(first, title="四"))
    Record.objects.filter(id=first.id).update(title="五")
    with pytest.raises(Conflict, match="五"):
        undo_edit(edit_id=three.edit_id, **undo)


def test_somebody_of_another_agency_edits_nothing():
    (record,) = captured("2024-01-01")
    with pytest.raises(Forbidden):
        save(edit(record, title="x"), actor=make.clerk())


def test_a_thousand_rows_come_at_once_and_are_saved_in_one_batch(client):
    scheme = make.scheme()
    create_records([records.draft(title=f"第{n}件", scheme_id=scheme.id) for n in range(1001)], SYSTEM)
    signed_in(client)
    where = [scheme.id, 2024]
    client.get(reverse("capture:grid", args=where))
    started = time.process_time()
    answer = client.get(reverse("capture:grid_rows", args=where)).json()
    assert time.process_time() - started < 1
    assert (len(answer["rows"]), answer["more"], answer["last"]) == (1000, True, None)
    rows = [
        {"id": row["id"], "seen": row["seen"], "cells": {"responsible": "县政府"}} for row in answer["rows"]
    ]
    body = json.dumps({"rows": rows, "reason": ""})
    saved = client.post(
        reverse("capture:grid_save", args=where), body, content_type="application/json"
    ).json()
    assert (len(saved["rows"]), saved["problems"]) == (1000, {})
    assert Record.objects.filter(responsible="县政府").count() == 1000
    undone = client.post(reverse("capture:grid_undo", args=where), {"edit": saved["last"]["id"]}).json()
    assert (len(undone["rows"]), Record.objects.filter(responsible="").count()) == (1000, 1001)


def test_the_page_refuses_what_is_no_table(client):
    scheme = make.scheme()
    captured("2024-01-01")
    signed_in(client)
    assert "data-grid" in client.get(reverse("capture:grid", args=[scheme.id, 2024])).content.decode()
    url = reverse("capture:grid_save", args=[scheme.id, 2024])
    for body in (b"[]", b"{", b'{"rows": [{"id": "x"}]}'):
        assert client.post(url, body, content_type="application/json").status_code == 422
    assert client.post(reverse("capture:grid_undo", args=[scheme.id, 2024]), {"edit": "x"}).status_code == 422

"""Editing many records at once: previewed, done as one act, undone as one, nobody's later work lost."""

import json

import pytest

from lantai.catalogue.description import vocabularies
from lantai.catalogue.description.models import Vocabulary
from lantai.catalogue.editing import running, services
from lantai.catalogue.editing.choosing import register_chooser
from lantai.catalogue.editing.models import BulkEdit, EditChange
from lantai.catalogue.editing.papers import EditPapers
from lantai.catalogue.parts import CataloguePart
from lantai.core.actors import SYSTEM
from lantai.core.errors import Conflict, Invalid
from lantai.core.jobs import run_inline
from lantai.core.jobs.execution import execute
from lantai.institutions.tests.factories import a_person
from lantai.ledger.api import Entry
from lantai.records.api import Record, create_records, history_of
from lantai.records.tests.factories import archive, draft, fonds, scheme

pytestmark = pytest.mark.django_db


def some(*titles, **values):
    kind = scheme()
    return create_records([draft(scheme_id=kind.id, title=title, **values) for title in titles], SYSTEM)


def previewed(element, operation, chosen=None, **values):
    edit = services.plan_edit(
        chosen=chosen or {"fonds": fonds().id}, element=element, operation=operation, actor=SYSTEM, enqueue=False, **values
    )  # fmt: skip
    run_inline(running.PREVIEW, SYSTEM, progress=False, edit_id=str(edit.id))
    edit.refresh_from_db()
    return edit


def done(edit):
    services.apply_edit(edit=edit, actor=SYSTEM, enqueue=False)
    run_inline(running.APPLY, SYSTEM, progress=False, edit_id=str(edit.id))
    edit.refresh_from_db()
    return edit


def undone(edit):
    services.undo_edit(edit=edit, actor=SYSTEM, enqueue=False)
    run_inline(running.TAKE_BACK, SYSTEM, progress=False, edit_id=str(edit.id))
    edit.refresh_from_db()
    return edit


def titles():
    return set(Record.objects.values_list("title", flat=True))


@pytest.mark.requirement("Z9")
def test_an_edit_is_counted_shown_done_and_undone_as_one_act(monkeypatch):
    monkeypatch.setattr(running, "PIECE", 2)
    rows = some("关于发改委的通知", "发改委纪要", "别的", "发改委函", "发改委意见")
    Record.objects.filter(id=rows[4].id).update(state="destroyed")
    edit = previewed("题名", "replace", find="发改委", value="发展和改革委员会")
    counts = {name: edit.counts[name] for name in ("chosen", "change", "same", "bad")}
    assert counts == {"chosen": 5, "change": 3, "same": 1, "bad": 1}
    assert edit.samples[0]["before"] == "关于发改委的通知"
    assert "已销毁" in edit.problems[0]["problem"]
    assert "发改委函" in titles()
    lines = Entry.objects.count()
    done(edit)
    assert titles() == {
        "关于发展和改革委员会的通知",
        "发展和改革委员会纪要",
        "别的",
        "发展和改革委员会函",
        "发改委意见",
    }
    assert Entry.objects.count() == lines + 1
    assert [line.act for line in history_of(rows[0])][-1] == "catalogue.edit_records"
    assert edit.counts["done"] == {"changed": 3, "stayed": 1}
    undone(edit)
    assert titles() == {"关于发改委的通知", "发改委纪要", "别的", "发改委函", "发改委意见"}
    assert Entry.objects.count() == lines + 2
    with pytest.raises(Conflict, match="已撤销"):
        undone(edit)


@pytest.mark.requirement("Z9")
def test_what_somebody_changed_meanwhile_stays():
    one, two = some("甲", "乙", responsible="旧局")
    edit = previewed("责任者", "replace", find="旧局", value="新局")
    from lantai.records.api import update_description

    update_description(
        record_id=one.id, changes={"page_count": 9}, expected_changed_at=one.changed_at, actor=SYSTEM
    )
    done(edit)
    assert edit.counts["done"] == {"changed": 1, "stayed": 1}
    two.refresh_from_db()
    update_description(
        record_id=two.id,
        changes={"responsible": "更新的局"},
        expected_changed_at=two.changed_at,
        actor=SYSTEM,
    )
    undone(edit)
    two.refresh_from_db()
    assert (two.responsible, edit.counts["undone"]) == ("更新的局", {"stayed": 1})


@pytest.mark.requirement("Z9")
def test_every_operation_on_fields_and_metadata():
    (one,) = some("甲")
    words = vocabularies.save_vocabulary(
        vocabulary=Vocabulary(archive=archive(), key="s"),
        name="主题词",
        source="",
        closed=False,
        actor=SYSTEM,
    )
    vocabularies.put_terms(
        vocabulary=words, rows=[{"word": "计划生育"}, {"word": "计生", "preferred": "计划生育"}], actor=SYSTEM
    )
    done(previewed("主题词", "set", value="计生"))
    done(previewed("主题词", "append", value="人口"))
    assert previewed("主题词", "append", value="人口").counts["same"] == 1
    done(previewed("主题词", "map", vocabulary=words))
    one.refresh_from_db()
    assert one.metadata["M26"] == "计划生育；人口"
    done(previewed("页数", "set", value="12"))
    assert "要填数字" in previewed("页数", "set", value="十二").problems[0]["problem"]
    assert "题名不能为空" in previewed("题名", "replace", find="甲", value="").problems[0]["problem"]
    done(previewed("主题词", "set", value=""))
    one.refresh_from_db()
    assert (one.metadata, one.page_count) == ({}, 12)
    for values, said in (
        ({"element": "档号", "operation": "set", "value": "1"}, "不能成批修改"),
        ({"element": "题名", "operation": "set", "value": "1"}, "不能全部填成一样"),
        ({"element": "题名", "operation": "replace"}, "要替换的文字"),
        ({"element": "主题词", "operation": "map"}, "没有选词表"),
    ):
        with pytest.raises(Invalid, match=said):
            services.plan_edit(chosen={"fonds": fonds().id}, actor=SYSTEM, enqueue=False, **values)
    with pytest.raises(Invalid, match="没有选档案"):
        services.plan_edit(chosen={}, element="附注", operation="set", actor=SYSTEM, enqueue=False)


def test_records_are_chosen_by_code_and_by_search():
    one, _two = some("甲", "乙")
    Record.objects.filter(id=one.id).update(reference_code="J001-WS·2024-Y-BGS-0001", number_state="fixed")
    edit = previewed("附注", "set", {"codes": "J001-WS·2024-Y-BGS-0001\nJ001-WS·2024-Y-BGS-0009"}, value="x")
    assert (edit.counts["change"], edit.counts["unknown"]) == (1, 1)
    assert edit.problems[0]["code"] == "J001-WS·2024-Y-BGS-0009"
    from lantai.catalogue.editing import choosing

    kept = list(choosing._choosers)
    try:
        register_chooser(lambda query, actor: [one.id] if query == "甲" else [])
        assert previewed("附注", "set", {"query": "甲"}, value="x").counts["chosen"] == 1
    finally:
        choosing._choosers[:] = kept


@pytest.mark.requirement("S35")
def test_an_edit_and_its_undo_survive_the_database():
    (one,) = some("甲")
    edit = done(previewed("附注", "set", value="在三号库"))
    papers, parts = EditPapers().describe([f"edit:{edit.id}"]), CataloguePart().describe([one.id])
    assert "在三号库" in json.dumps(parts[one.id], ensure_ascii=False)
    EditChange.objects.all().delete()
    BulkEdit.objects.all().delete()
    for _again in range(2):
        CataloguePart().restore(parts)
        EditPapers().restore(papers)
    assert f"edit:{edit.id}" in {line.subject for line in history_of(one)}
    undone(BulkEdit.objects.get())
    one.refresh_from_db()
    assert one.metadata == {}


def test_the_pages_and_the_api_of_an_edit(client):
    (one,) = some("甲")
    Record.objects.filter(id=one.id).update(custodian=archive())
    client.force_login(
        a_person("receiving_archivist", organisation=archive()),
        backend="django.contrib.auth.backends.ModelBackend",
    )
    home = "/desk/catalogue/edits/"
    assert (
        "没有选档案"
        in client.post(home, {"element": "附注", "operation": "set", "value": "x"}).content.decode()
    )
    made = client.post(
        home, {"fonds": fonds().id, "element": "附注", "operation": "set", "value": "在三号库"}
    )
    edit = BulkEdit.objects.get()
    execute(edit.job_id)
    assert client.get(f"{made.url}progress/")["HX-Refresh"] == "true"
    assert "改这 1 件" in client.get(made.url).content.decode()
    client.post(f"{made.url}apply/")
    edit.refresh_from_db()
    execute(edit.job_id)
    page = client.get(made.url).content.decode()
    assert "改了 1 件" in page
    assert "在三号库" in page
    body = {"fonds": str(fonds().id), "element": "附注", "operation": "append", "value": "。"}
    answer = client.post("/api/v1/catalogue/edits", json.dumps(body), content_type="application/json")
    assert answer.status_code == 202
    edit = BulkEdit.objects.get(id=answer.json()["id"])
    execute(edit.job_id)
    found = client.get(f"/api/v1/catalogue/edits/{edit.id}").json()
    assert (found["state"], found["counts"]["change"]) == ("previewed", 1)
    assert found["samples"][0]["after"] == "在三号库。"


def test_nobody_edits_what_they_may_not_see_or_touch():
    from lantai.core.actors import Actor
    from lantai.institutions.tests.factories import an_archive

    (one,) = some("甲")
    other = Actor(
        id="x", name="别馆", roles=frozenset({"receiving_archivist"}), organisation_id=an_archive().id
    )
    with pytest.raises(Invalid, match="没有选中任何档案"):
        services.plan_edit(
            chosen={"ids": [one.id]}, element="附注", operation="set", value="x", actor=other, enqueue=False
        )
    Record.objects.filter(id=one.id).update(state="handing_over")
    assert "移交" in previewed("附注", "set", {"ids": [one.id]}, value="x").problems[0]["problem"]


def test_as_many_keys_as_anybody_sends_are_asked_for_in_pieces(monkeypatch):
    from lantai.catalogue.editing import choosing
    from lantai.core.identifiers import new_id

    (one,) = some("甲")
    unknown = [new_id() for _number in range(1_200)]
    assert choosing.chosen_ids({"ids": [*unknown, one.id, one.id]}, SYSTEM) == ([one.id], [])
    monkeypatch.setattr(choosing, "MOST", 0)
    with pytest.raises(Invalid, match="超过 0 件"):
        choosing.chosen_ids({"ids": [one.id]}, SYSTEM)

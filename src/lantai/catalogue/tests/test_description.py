"""Description by level: what each level must say, templates of categories and of archives, vocabularies."""

import json

import pytest

from lantai.catalogue.description import services, templates, vocabularies
from lantai.catalogue.description.elements import elements, shipped_templates
from lantai.catalogue.description.models import Level, UnitDescription, Vocabulary
from lantai.catalogue.description.papers import UnitPapers, VocabularyPapers
from lantai.catalogue.description.units import isad_of, unit_for
from lantai.catalogue.parts import CataloguePart
from lantai.core.actors import SYSTEM
from lantai.core.errors import Conflict, Forbidden, Invalid
from lantai.core.ports import erasers
from lantai.institutions.tests.factories import a_person
from lantai.records.api import Record, Volume, create_volumes
from lantai.records.tests.factories import archive, fonds, receiver, record, scheme, with_documents

pytestmark = pytest.mark.django_db


def described(unit, **changes):
    return services.describe_unit(
        unit=unit, changes=changes, expected_changed_at=unit.changed_at, actor=SYSTEM
    )


def vocabulary(*words, key="subjects", closed=True):
    made = vocabularies.save_vocabulary(
        vocabulary=Vocabulary(archive=archive(), key=key),
        name="主题词",
        source="",
        closed=closed,
        actor=SYSTEM,
    )
    vocabularies.put_terms(vocabulary=made, rows=[{"word": word} for word in words], actor=SYSTEM)
    return made


@pytest.mark.requirement("S19", "DA/T 18-2022")
def test_every_level_demands_what_the_standard_demands():
    demanded = {
        level: {name for name, each in elements().items() if each.levels.get(level) == "mandatory"}
        for level in Level.values
    }
    common = {"著录层级", "档号", "题名", "日期", "责任者"}
    assert demanded["class"] == common
    assert demanded["fonds"] == common | {"档案馆代码", "档案保管沿革"}
    assert demanded["item"] == demanded["volume"] == common | {"保管期限", "开放标识"}
    for category, level in shipped_templates():
        asked = templates.template_for(None, category, level)
        assert demanded[level] <= {row.name for row in asked.rows if row.obligation == "mandatory"}
    assert all(each.isad.count(".") == 2 for each in elements().values())


@pytest.mark.requirement("S19")
def test_an_item_is_described_where_its_record_keeps_it():
    made = record(
        scheme_id=scheme("dat22.group_photo", category="ZP").id,
        responsible="市委宣传部",
        date_text="20240601",
    )
    unit = unit_for("item", made.id, SYSTEM)
    assert unit.asked.name == "照片档案"
    assert unit.missing == ["档号"]
    after = described(unit, 摄影者="林岚", 地点="下沙塘闸", 主题词="防汛；水利", 附注="底片在二号库")
    kept = Record.objects.get(id=made.id)
    assert kept.metadata == {
        "摄影者": "林岚",
        "地点": "下沙塘闸",
        "M26": "防汛；水利",
        "M75": "底片在二号库",
    } or (kept.metadata["M75"] == "底片在二号库")
    assert isad_of(after)["3.6.1"] == [("附注", "底片在二号库")]
    with pytest.raises(Conflict, match="别人已修改"):
        described(unit, 附注="别的")
    assert "附注" not in {k for k, v in described(after, 附注="").values.items() if v}


@pytest.mark.requirement("S19")
def test_fonds_class_and_volume_say_what_their_rows_have_no_column_for():
    place = fonds()
    kind = scheme()
    volume = create_volumes(
        [Volume(fonds=place, scheme=kind, title="1958年土改卷", date_text="1958", retention="Y")], SYSTEM
    )[0]
    whole = described(
        unit_for("fonds", place.id, SYSTEM), 档案保管沿革="1950年建立，1969年疏散到山里，1972年运回。"
    )
    assert whole.values["题名"] == place.name
    assert whole.missing == ["档案馆代码", "日期"]
    part = described(unit_for("class", kind.id, SYSTEM), 整理情况="按机构整理。")
    assert part.missing == []
    told = described(unit_for("volume", volume.id, SYSTEM), 责任者="云州县土改委员会", 开放标识="开放")
    assert told.missing == ["档号"]
    assert told.above == ("class", kind.id, kind.name)
    with pytest.raises(Invalid, match="不能在这里著录"):
        described(told, 题名="别的题名")
    with pytest.raises(Forbidden):
        services.describe_unit(
            unit=told, changes={"附注": "x"}, expected_changed_at=told.changed_at,
            actor=receiver().__class__(id="x", name="公众", roles=frozenset({"public"})),
        )  # fmt: skip


@pytest.mark.requirement("S35")
def test_what_is_said_of_units_and_documents_comes_back_from_the_vault():
    place, made = fonds(), with_documents("body")
    described(unit_for("fonds", place.id, SYSTEM), 整理情况="按年度整理。")
    document = made.documents.get()
    described(unit_for("document", document.id, SYSTEM), 稿本="定稿", 责任者="云州市档案馆")
    papers = UnitPapers().describe([f"fonds:{place.id}"])
    parts = CataloguePart().describe([made.id])
    told = json.loads(json.dumps([{str(k): v for k, v in each.items()} for each in (papers, parts)]))
    assert told[1][str(made.id)]["documents"][0]["values"] == {"M45": "定稿", "M32": "云州市档案馆"}
    UnitDescription.objects.all().delete()
    for _again in range(2):
        UnitPapers().restore(papers)
        CataloguePart().restore(parts)
    assert UnitDescription.objects.count() == 2
    assert unit_for("document", document.id, SYSTEM).values["稿本"] == "定稿"
    for eraser in erasers():
        eraser.forget([made.id])
    assert UnitDescription.objects.get().level == "fonds"


@pytest.mark.requirement("S19")
def test_an_archive_sets_a_template_but_never_below_the_standard():
    vocabulary("防汛", "水利")
    rows = [
        {"element": row.name, "obligation": row.obligation}
        for row in templates.template_for(archive().id, "WS", "item").rows
    ]
    rows.append({"element": "分类号", "obligation": "mandatory"})
    chosen = [{**row, "vocabulary": "subjects"} if row["element"] == "主题词" else row for row in rows]
    templates.set_template(archive=archive(), category="WS", level="item", rows=chosen, actor=SYSTEM)
    unit = unit_for("item", record(scheme_id=scheme().id).id, SYSTEM)
    assert "分类号" in unit.missing
    with pytest.raises(Invalid, match="词表以外的词：抗旱"):
        described(unit, 主题词="防汛；抗旱")
    assert described(unit, 主题词="防汛；水利").values["主题词"] == "防汛；水利"
    with pytest.raises(Invalid, match="标准规定这些著录项必著"):
        templates.set_template(
            archive=archive(), category="WS", level="item", rows=[r for r in rows if r["element"] != "题名"], actor=SYSTEM
        )  # fmt: skip


@pytest.mark.requirement("Z9")
def test_a_vocabulary_is_imported_led_through_and_comes_back_from_its_paper():
    made = vocabulary("计划生育")
    rows = vocabularies.read_terms(
        "词,代码,用,属,注释\n人口,RK,,,\n计划生育,JS,,人口,\n计生,,计划生育,,旧称\n".encode("gb18030")
    )
    done = vocabularies.put_terms(vocabulary=made, rows=rows, actor=SYSTEM)
    assert (done.added, done.changed, done.same) == (2, 1, 0)
    assert vocabularies.put_terms(vocabulary=made, rows=rows, actor=SYSTEM).same == 3
    assert vocabularies.preferred_words(made) == {"计生": "计划生育"}
    assert vocabularies.allowed_words(archive().id, "subjects", ["计生", "人口", "火星"]) == ["计生", "火星"]
    again = vocabularies.read_terms(vocabularies.table_of(made).encode())
    papers = VocabularyPapers().describe([f"vocabulary:{made.id}"])
    made.delete()
    for _again in range(2):
        VocabularyPapers().restore(papers)
    found = Vocabulary.objects.get()
    assert vocabularies.read_terms(vocabularies.table_of(found).encode()) == again
    for bad, said in (
        ([{"word": "甲", "broader": "乙"}], "不在词表里"),
        ([{"word": "人口", "broader": "计划生育"}], "绕成了圈"),
        ([{"word": ""}], "第 1 行没有词"),
        ([{"word": "甲"}, {"word": "甲"}], "两次"),
    ):
        with pytest.raises(Invalid, match=said):
            vocabularies.put_terms(vocabulary=found, rows=bad, actor=SYSTEM)
    with pytest.raises(Invalid, match="没有“词”这一列"):
        vocabularies.read_terms(b"a,b\n1,2\n")


def test_the_pages_show_and_take_descriptions(client):
    made = record(scheme_id=scheme().id)
    archive()
    person = a_person("receiving_archivist", organisation=archive())
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    Record.objects.filter(id=made.id).update(custodian=archive())
    address = f"/desk/catalogue/describe/item/{made.id}/"
    page = client.get(address)
    form = page.context["form"]
    posted = {field.html_name: field.value() or "" for field in form}
    number = [row.name for row in form.asked].index("范围和提要")
    answer = client.post(address, {**posted, f"element-{number}": "建设数字档案馆的方案"})
    assert answer.status_code == 302
    assert Record.objects.get(id=made.id).metadata["M29"] == "建设数字档案馆的方案"
    assert "别人已修改" in client.post(address, posted).content.decode()
    assert client.get(f"/desk/catalogue/describe/fonds/{fonds().id}/").status_code == 200
    assert client.get(f"/desk/catalogue/describe/planet/{made.id}/").status_code == 404
    page = client.get("/desk/catalogue/templates/item/WS/").content.decode()
    assert "文种" in page
    made = client.post(
        "/desk/catalogue/vocabularies/", {"name": "地名", "key": "places", "source": "", "closed": ""}
    )
    assert client.post(made.url, {"word": "云州"}).status_code == 302
    assert client.post(made.url, {"word": "下沙塘", "broader": "云州"}, follow=True).status_code == 200
    assert "下沙塘" in client.get(f"{made.url}csv/").content.decode()
    assert client.post(made.url, {"word": "x", "broader": "没有"}).status_code == 422


def test_the_api_reads_and_writes_a_description(client):
    made = record(scheme_id=scheme().id)
    Record.objects.filter(id=made.id).update(custodian=archive())
    person = a_person("receiving_archivist", organisation=archive())
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    address = f"/api/v1/catalogue/descriptions/item/{made.id}"
    found = client.get(address).json()
    assert found["missing"] == ["档号", "责任者", "日期"]
    body = {"values": {"责任者": "云州市档案馆"}, "changed_at": found["changed_at"]}
    answer = client.put(address, json.dumps(body), content_type="application/json")
    assert answer.json()["values"]["责任者"] == "云州市档案馆"
    late = json.dumps({**body, "values": {"责任者": "别人"}})
    assert client.put(address, late, content_type="application/json").status_code == 409
    assert client.get("/api/v1/catalogue/elements?level=fonds").json()[0]["isad"] == "3.1.4"
    assert client.get("/api/v1/catalogue/templates/item?category=ZP").json()["name"] == "照片档案"


@pytest.mark.requirement("Z36")
@pytest.mark.django_db(transaction=True)
def test_description_authorities_and_edits_survive_the_database(tmp_path):
    from django.core.management import call_command

    from lantai.catalogue.authorities.models import Authority, AuthorityLink
    from lantai.catalogue.authorities.services import link_records, save_authority
    from lantai.catalogue.description.models import Template
    from lantai.catalogue.editing.models import BulkEdit, EditChange
    from lantai.ledger.api import sequence_pending
    from lantai.vault.api import IngestItem, ingest, rebuild
    from lantai.vault.papers import keep_papers

    from .test_editing import done, previewed

    made = record(scheme_id=scheme().id, title="关于春耕的指示")
    described(unit_for("fonds", fonds().id, SYSTEM), 档案保管沿革="1950年建立。")
    words = vocabulary("春耕")
    who = save_authority(
        authority=Authority(archive=archive()), values={"kind": "agency", "name": "云州县革委会"}, names=[], actor=SYSTEM
    )  # fmt: skip
    link_records(authority=who, record_ids=[made.id], role="responsible", actor=SYSTEM)
    rows = [
        {"element": row.name, "obligation": row.obligation}
        for row in templates.template_for(archive().id, "WS", "item").rows
    ]
    own = templates.set_template(archive=archive(), category="WS", level="item", rows=rows, actor=SYSTEM)
    edit = done(previewed("附注", "set", {"ids": [made.id]}, value="在三号库"))
    ingest([IngestItem(made.id)], SYSTEM)
    sequence_pending()
    assert keep_papers() > 0
    call_command("flush", interactive=False, verbosity=0)
    rebuild("backup-far", SYSTEM)
    assert Record.objects.get(id=made.id).metadata == {"M75": "在三号库"}
    assert unit_for("fonds", Record.objects.get().fonds_id, SYSTEM).values["档案保管沿革"] == "1950年建立。"
    assert AuthorityLink.objects.get().authority.name == "云州县革委会"
    assert Vocabulary.objects.get(id=words.id).terms.get().word == "春耕"
    assert Template.objects.get(id=own.id).rows[0]["element"] == rows[0]["element"]
    assert BulkEdit.objects.get(id=edit.id).state == "done"
    assert EditChange.objects.get().after == "在三号库"

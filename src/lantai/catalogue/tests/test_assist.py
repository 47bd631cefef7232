"""Assisted description: read with its evidence, decided by people, never taken for granted."""

import json

import pytest

from lantai.catalogue.assist import services
from lantai.catalogue.assist.finding import find
from lantai.catalogue.assist.models import Proposal
from lantai.catalogue.assist.texts import Line, page_of, scanned_page
from lantai.catalogue.parts import CataloguePart
from lantai.core.actors import SYSTEM
from lantai.core.errors import Conflict
from lantai.core.jobs import run_inline
from lantai.core.settings import home
from lantai.formats.api import AltoPage
from lantai.institutions.tests.factories import a_person
from lantai.ledger.api import entries_for
from lantai.records.api import DocumentDraft, Record
from lantai.records.tests.factories import archive, record, scheme

pytestmark = pytest.mark.django_db
TEXT = """云州市水利局文件
云水〔2024〕15号
云州市水利局关于开展下沙塘闸
除险加固工程验收的通知
    定于2024年6月5日对位于石门县的下沙塘闸进行验收。局长林岚同志带队。联系电话附后。
    联系人：赵小川
云州市水利局
2024年5月28日
"""


def with_text(text=TEXT, **values):
    (home() / "intake").mkdir(exist_ok=True)
    (home() / "intake" / "a.txt").write_text(text, encoding="utf-8")
    made = record(
        scheme_id=scheme().id, title="待著录文件", page_count=1,
        documents=[DocumentDraft("a.txt", media_type="text/plain", location="intake/a.txt")], **values,
    )  # fmt: skip
    Record.objects.filter(id=made.id).update(custodian=archive())
    return made


def by_element(rows):
    return {(row.element, row.value): row for row in rows}


@pytest.mark.requirement("Z61")
def test_each_proposal_shows_the_page_the_sentence_and_the_place_it_was_read_from():
    made = by_element(services.propose(record_id=with_text().id, actor=SYSTEM))
    assert {
        ("题名", "云州市水利局关于开展下沙塘闸除险加固工程验收的通知"), ("文件编号", "云水〔2024〕15号"), ("日期", "20240528"),
        ("责任者", "云州市水利局"), ("人名", "林岚"), ("人名", "赵小川"), ("地名", "石门县"), ("地名", "下沙塘闸"),
    } == set(made)  # fmt: skip
    person = made["人名", "林岚"].evidence
    assert (person["page"], person["sentence"]) == (1, "局长林岚同志带队。")
    assert person["sentence"][person["start"] : person["end"]] == "林岚"
    for row in made.values():
        assert 0 < row.confidence < 100
        assert row.evidence["sentence"]


@pytest.mark.requirement("Z61")
def test_on_a_scan_the_place_is_a_box_on_the_page():
    words = tuple((letter, 0.1 + 0.02 * at, 0.5, 0.02, 0.03) for at, letter in enumerate("局长林岚同志带队"))
    page = scanned_page(AltoPage(3, (words,)), 1, "d", "扫描件")
    assert page.lines[0].bare == "局长林岚同志带队"
    found = next(each for each in find([page]) if each.element == "人名")
    assert (found.value, found.page, found.box) == ("林岚", 3, (140, 500, 40, 30))
    assert Line("没有位置").box(0, 2) is None


@pytest.mark.requirement("Z61")
def test_a_person_accepts_alters_or_refuses_and_nothing_changes_before():
    made = with_text()
    rows = by_element(services.propose(record_id=made.id, actor=SYSTEM))
    made.refresh_from_db()
    assert (made.title, made.metadata) == ("待著录文件", {})
    services.decide(proposal=rows["人名", "林岚"], accept=True, actor=SYSTEM)
    services.decide(proposal=rows["人名", "赵小川"], accept=True, actor=SYSTEM, value="赵晓川")
    services.decide(proposal=rows["地名", "石门县"], accept=False, actor=SYSTEM)
    services.decide(proposal=rows["日期", "20240528"], accept=True, actor=SYSTEM)
    made.refresh_from_db()
    assert (made.metadata, made.date_text) == ({"M28": "林岚；赵晓川"}, "20240528")
    acts = [line.act for line in entries_for(f"record:{made.id}")]
    assert acts.count("catalogue.decide_proposal") == 4
    with pytest.raises(Conflict, match="已经处理过"):
        services.decide(proposal=rows["地名", "石门县"], accept=True, actor=SYSTEM)
    again = by_element(services.propose(record_id=made.id, actor=SYSTEM))
    assert ("地名", "石门县") not in again
    assert ("人名", "林岚") not in again
    assert ("地名", "下沙塘闸") in again
    parts = CataloguePart().describe([made.id])
    assert len(parts[made.id]["proposals"]) == 4
    Proposal.objects.all().delete()
    CataloguePart().restore(parts)
    assert Proposal.objects.filter(state="altered").get().decided_value == "赵晓川"


def test_text_without_anything_and_hostile_text_propose_nothing_and_do_not_hang():
    assert services.find_in_text([]) == []
    assert [each for each in services.find_in_text(["", "\n\n"]) if each.value] == []
    services.find_in_text(["关于" * 40_000, "市" * 100_000, "、".join(["林岚"] * 20_000), "（" * 50_000])


@pytest.mark.requirement("Z61")
def test_the_pages_the_api_and_the_job(client):
    made = with_text()
    client.force_login(
        a_person("preservation_archivist", organisation=archive()),
        backend="django.contrib.auth.backends.ModelBackend",
    )
    address = f"/desk/catalogue/records/{made.id}/proposals/"
    page = client.post(address, follow=True).content.decode()
    assert "<mark>林岚</mark>同志带队" in page
    row = Proposal.objects.get(value="林岚")
    client.post(f"/desk/catalogue/proposals/{row.id}/decide/", {"decision": "accept", "value": "林岚"})
    assert Record.objects.get(id=made.id).metadata["M28"] == "林岚"
    assert "下沙塘闸" in client.get("/desk/catalogue/proposals/").content.decode()
    listed = client.get("/api/v1/catalogue/proposals").json()["items"]
    refused = next(each for each in listed if each["value"] == "石门县")
    body = json.dumps({"decision": "refuse"})
    answer = client.post(
        f"/api/v1/catalogue/proposals/{refused['id']}", body, content_type="application/json"
    )
    assert answer.json()["state"] == "refused"
    again = client.post(f"/api/v1/catalogue/records/{made.id}/proposals").json()
    assert "石门县" not in {each["value"] for each in again}
    job = run_inline("catalogue.propose", SYSTEM, progress=False, record_ids=[str(made.id)])
    assert job.result["records"] == 1


def test_a_page_keeps_its_lines():
    assert [line.bare for line in page_of("甲 乙\n\n 丙").lines] == ["甲乙", "丙"]


@pytest.mark.requirement("Z61")
@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("姓名：李翠莲　性别：女", ["李翠莲"]),
        ("主 持 人：王海", ["王海"]),
        ("1  陈月娥  女  1958年生", ["陈月娥"]),
        ("林岚、王海、周海平", ["林岚", "王海", "周海平"]),
        ("会议由王海主持，林岚、周海平出席。", ["王海", "林岚", "周海平"]),
        ("兹派王海、林岚为副主任。", ["王海", "林岚"]),
        ("蒋玉兰：这笔账目应当重算。", ["蒋玉兰"]),
        ("據王永山呈稱，縣長陳紹文批示如左。", ["王永山", "陳紹文"]),
        ("到会：钱 明、兰桂芳、隋 玉、冯大庆（外出）", ["钱明", "兰桂芳", "隋玉", "冯大庆"]),
        ("铸造车间 温家顺 霍 刚 鲍来娣", ["温家顺", "霍刚", "鲍来娣"]),
        ("出席理事 岑伯年 樊耀庭", ["岑伯年", "樊耀庭"]),
        ("处长吐尔逊·艾山到车站迎接。", ["吐尔逊·艾山"]),
        ("柴永福不再担任经理职务，接受曲波辞去主席的请求。", ["柴永福", "曲波"]),
        ("生有一子廖小刚，现由其母管秀珍抚养。", ["廖小刚", "管秀珍"]),
        ("東至大路，西至羅慶祥山，憑中賣與丁有才為業。", ["羅慶祥", "丁有才"]),
        ("请主任速办。  佘红 3月9日", ["佘红"]),
        ("组长王国庆、段成功", ["王国庆", "段成功"]),
        ("教师和学生宿舍、农民住房由卫生院负责，对全系统职工核定工龄。", []),
        ("时间：下午三时", []),
        ("范围：全县各公社", []),
        ("于三月召开，代表于会后返回。", []),
    ],
)
def test_persons_are_named_in_the_ways_minutes_rolls_and_orders_have(line, names):
    found = find([page_of(line)])
    assert sorted(each.value for each in found if each.element == "人名") == sorted(names)


def test_in_a_table_names_stand_below_their_heading_alone():
    found = find([page_of("序号 姓名 单位\n1 庞学礼 安全科\n2 苗 青 和平小学\n\n时间 段落")])
    assert {each.value for each in found if each.element == "人名"} == {"庞学礼", "苗青"}


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("检查了青龙溪、麻石滩水库和虎头山脚的危房。", ["青龙溪", "麻石滩水库", "虎头山"]),
        ("走访了鹅颈湾、五里亭、上陡门等村的军属。", ["鹅颈湾", "五里亭", "上陡门"]),
        ("经兰州前往喀什，在疏勒县推广农技。", ["兰州", "喀什", "疏勒县"]),
        ("关于解放路、人民路拓宽的方案", ["解放路", "人民路"]),
        ("自本月起开展河道清淤，不得擅自改变河势，部分塘堤偏低。", []),
        ("镇守常务副县长，任区长，到车站迎接，听取了水库汇报。", []),
        ("山洪冲毁祖遗山场，建设山区，填湖造地。", []),
        ("青河縣商會、中华人民共和国青河县公证处", []),
    ],
)
def test_places_are_told_from_words_that_end_alike(line, names):
    found = find([page_of(line)])
    assert sorted(each.value for each in found if each.element == "地名") == sorted(names)


def test_a_title_goes_on_where_its_line_was_full():
    found = find([page_of("云州市人力资源和社会保障局2024年度工作总\n结\n一年来，成绩显著。")])
    assert found[0].value == "云州市人力资源和社会保障局2024年度工作总结"


def test_an_applicant_is_responsible_for_the_application_and_an_official_signs_for_the_office():
    applied = find([page_of("入党申请书\n我自愿申请。\n申请人：方秀英\n1964年7月1日")])
    ordered = find([page_of("雲州縣政府訓令\n仰各鄉鎮長遵照。\n縣長 陳紹文\n中華民國三十六年四月十日")])
    told = [each.value for found in (applied, ordered) for each in found if each.element == "责任者"]
    assert told == ["方秀英", "雲州縣政府"]


def test_the_day_of_issue_written_again_below_the_signature_hides_nobody():
    found = find(
        [
            page_of(
                "关于放假的通知\n各科室：\n云州市水利局\n2024年5月28日\n云州市水利局办公室2024年5月28日印发"
            )
        ]
    )
    assert [each.value for each in found if each.element == "责任者"] == ["云州市水利局"]

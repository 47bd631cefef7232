"""Terms, elements and retention proposals come from data files that may be edited."""

import pytest

from lantai.core.actors import SYSTEM
from lantai.core.errors import Forbidden, Invalid
from lantai.records.api import (
    adopt_reference_schedule,
    categories,
    metadata_elements,
    parse_classification,
    parse_disclosure,
    propose_retention,
    refuse_classified,
    retention_term,
    tables_at_rest,
)
from lantai.records.models import Record
from lantai.records.tests import factories as make


@pytest.mark.requirement("DA/T 46-2009")
def test_there_are_88_elements_in_the_standards_order_and_groups():
    elements = metadata_elements()
    assert [element.number for element in elements.values()] == list(range(1, 89))
    entities = [element.entity for element in elements.values()]
    assert [entities.count(name) for name in ("record", "agent", "business", "relation")] == [75, 4, 5, 4]


@pytest.mark.parametrize(
    ("code", "name", "english", "obligation", "kind", "repeatable"),
    [
        ("M1", "聚合层次", "aggregation level", "mandatory", "simple", False),
        ("M8", "档号", "archival code", "conditional", "compound", False),
        ("M21", "内容描述", "content description", "mandatory", "container", False),
        ("M22", "题名", "title", "mandatory", "simple", False),
        ("M25", "说明题名文字", "other title information", "optional", "simple", False),
        ("M26", "主题词", "descriptor", "optional", "simple", True),
        ("M46", "电子属性", "electronic attributes", "mandatory", "container", True),
        ("M75", "附注", "annotation", "optional", "simple", True),
        ("M88", "关系描述", "relation description", "optional", "simple", False),
    ],
)
def test_elements_carry_what_the_standard_says(code, name, english, obligation, kind, repeatable):
    element = metadata_elements()[code]
    assert (element.name, element.english) == (name, english)
    assert (element.obligation, element.kind, element.repeatable) == (obligation, kind, repeatable)


def test_parents_are_containers_and_fields_are_fields_of_a_record():
    elements = metadata_elements()
    fields = {field.name for field in Record._meta.get_fields()}
    for element in elements.values():
        assert not element.parent or elements[element.parent].kind in {"container", "compound"}
        assert not element.field or element.field in fields


def test_elements_are_edited_in_the_data_folder_without_code(tmp_path, monkeypatch):
    shipped = metadata_elements()["M27"].obligation
    monkeypatch.setenv("LANTAI_HOME", str(tmp_path))
    (tmp_path / "data").mkdir()
    file = tmp_path / "data" / "da_t_46.toml"
    row = '[[element]]\ncode = "M27"\nname = "关键词"\nenglish = "keyword"\nentity = "record"\nkind = "simple"\n'
    file.write_text(row + 'obligation = "mandatory"\nrepeatable = true\n', encoding="utf-8")
    assert (shipped, metadata_elements()["M27"].obligation) == ("optional", "mandatory")
    file.write_text(row + 'obligated = "typing error"\n', encoding="utf-8")
    with pytest.raises(Invalid, match="M27"):
        metadata_elements()


def test_while_a_batch_is_judged_its_tables_stand_still(tmp_path, monkeypatch):
    monkeypatch.setenv("LANTAI_HOME", str(tmp_path))
    (tmp_path / "data").mkdir()
    with tables_at_rest():
        shipped = metadata_elements()
        (tmp_path / "data" / "da_t_46.toml").write_text("element = []", encoding="utf-8")
        with tables_at_rest():
            assert metadata_elements() is shipped
        assert metadata_elements() is shipped
    assert not metadata_elements()


def test_accounting_is_ku_and_science_is_kj():
    assert (categories()["KU"], categories()["KJ"]) == ("会计", "科技")


@pytest.mark.parametrize(
    ("text", "code"),
    [("永久", "Y"), ("Y", "Y"), ("30年", "D30"), ("定期30年", "D30"), ("D10", "D10"), ("100年", "D100"),
     ("20年", "D20"), ("60", "D60"), ("长期", "长期"), ("短期", "短期")],
)  # fmt: skip
def test_terms_of_every_age_are_understood_and_the_old_ones_kept(text, code):
    assert retention_term(text).code == code
    assert (retention_term(text).years is None) == (code in {"Y", "长期", "短期"})


@pytest.mark.parametrize("text", ["", "很久", "D0", "0年", "三十年半"])
def test_what_is_no_term_is_refused(text):
    with pytest.raises(Invalid):
        retention_term(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("", ("", "")), ("公开", ("公开", "")), ("内部", ("限制", "")), ("机密★10年", ("机密", "10年")),
     ("绝密 ★ 长期", ("绝密", "长期")), ("秘密*6个月", ("秘密", "6个月"))],
)  # fmt: skip
def test_classification_marks_are_read(text, expected):
    assert parse_classification(text) == expected


def test_a_mark_nobody_knows_is_not_taken_for_unclassified():
    with pytest.raises(Invalid):
        parse_classification("高度机要")


@pytest.mark.parametrize("text", ["秘密", "机密★20年", "绝密"])
def test_secret_and_above_are_refused(text):
    with pytest.raises(Forbidden):
        refuse_classified(text, subject="某件")


def test_disclosure_is_one_of_three():
    assert parse_disclosure("不公开") == "不予公开"
    with pytest.raises(Invalid):
        parse_disclosure("随便")


@pytest.mark.django_db
@pytest.mark.requirement("国家档案局令第8号")
@pytest.mark.parametrize(
    ("title", "code"),
    [
        ("云州市发改委党组会议纪要（第5期）", "Y"),
        ("关于国庆节放假的通知", "D10"),
        ("关于表彰先进集体的通报", "D30"),
        ("2003年婚姻登记审批材料", "D100"),
        ("关于印发《云州市粮食储备管理办法》的通知", "Y"),
    ],
)
def test_a_term_is_proposed_with_the_rule_and_the_reason(title, code):
    proposal = propose_retention(title, make.agency().id)
    assert proposal.term.code == code
    assert proposal.rule_number in proposal.reason


@pytest.mark.django_db
def test_nothing_is_proposed_where_no_rule_fits():
    assert propose_retention("无题", make.agency().id) is None


@pytest.mark.django_db
def test_an_agencys_own_schedule_goes_before_the_reference_one():
    from datetime import date

    schedule = adopt_reference_schedule(
        agency_id=make.agency().id,
        name="本委保管期限表",
        version="2024",
        effective_from=date(2024, 1, 1),
        actor=SYSTEM,
    )
    schedule.rules.filter(number="4.3").update(retention="D20")
    assert propose_retention("关于国庆节放假的通知", make.agency().id, on=date(2024, 9, 1)).term.code == "D10"
    make.approve(schedule)
    assert propose_retention("关于国庆节放假的通知", make.agency().id, on=date(2024, 9, 1)).term.code == "D20"
    assert propose_retention("关于国庆节放假的通知", make.agency().id, on=date(2023, 9, 1)).term.code == "D10"


@pytest.mark.django_db
def test_a_departments_own_rule_goes_before_one_for_all():
    from datetime import date

    schedule = adopt_reference_schedule(
        agency_id=make.agency().id,
        name="本委保管期限表",
        version="1",
        effective_from=date(2000, 1, 1),
        actor=SYSTEM,
    )
    schedule.rules.create(
        number="9.1",
        heading="办公室",
        material="值班记录",
        keywords=["值班"],
        retention="D30",
        department=make.department(),
    )
    make.approve(schedule)
    assert propose_retention("值班记录", make.agency().id).term.code == "D10"
    assert (
        propose_retention("值班记录", make.agency().id, department_id=make.department().id).term.code == "D30"
    )

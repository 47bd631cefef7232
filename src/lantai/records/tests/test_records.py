"""Records are made, arranged, numbered and described."""

from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from lantai.core.actors import SYSTEM, Actor
from lantai.core.errors import Conflict, Forbidden, Invalid
from lantai.ledger.api import Entry
from lantai.records.api import (
    DocumentDraft,
    Record,
    Volume,
    WithdrawnNumber,
    arrange_records,
    create_records,
    create_scheme,
    create_volumes,
    gaps_of,
    history_of,
    next_numbers,
    number_records,
    register_ledger_subjects,
    select_values,
    set_columns,
    update_description,
    volume_code,
    with_codes,
    withdraw_number,
)
from lantai.records.models import ClassCount, Document, Scheme
from lantai.records.selectors import _subject_sources, open_fonds, volumes_of
from lantai.records.tests import factories as make

pytestmark = pytest.mark.django_db


@pytest.mark.requirement("Z57")
@pytest.mark.requirement("DA/T 13-2022")
def test_one_fonds_holds_1956_volumes_2003_items_and_2024_electronic_records_each_rightly_numbered():
    old = make.scheme(
        "dat13.volume",
        year_from=1949,
        year_to=1986,
        arrangement="volume",
        number_width=4,
        catalogue_number="002",
    )
    paper = make.scheme("dat22.item.unit", year_from=2003, year_to=2013)
    electronic = make.scheme("dat13.item.unit", year_from=2014)
    drafts = [
        make.draft(scheme_id=old.id, year=1956, level="volume", retention="长期", title="一九五六年会议记录"),
        make.draft(scheme_id=old.id, year=1956, level="volume", retention="永久", title="一九五六年干部名册"),
        make.draft(scheme_id=paper.id, year=2003, retention="30年", title="关于防治非典型肺炎的通知"),
        make.draft(scheme_id=paper.id, year=2003, retention="永久", title="二〇〇三年工作总结"),
        make.draft(scheme_id=electronic.id, year=2024, retention="永久", unit_code="办公室", title="甲"),
        make.draft(scheme_id=electronic.id, year=2024, retention="永久", unit_code="办公室", title="乙"),
        make.draft(scheme_id=electronic.id, year=2024, retention="10年", unit_code="办公室", title="丙"),
    ]
    records = create_records(drafts, SYSTEM)
    with transaction.atomic():
        number_records(records, "fixed")
    assert list(Record.objects.order_by("id").values_list("reference_code", flat=True)) == [
        "J001-002-0001",
        "J001-002-0002",
        "J001-WS·2003-D30-BGS-0001",
        "J001-WS·2003-Y-BGS-0001",
        "J001-WS·2024·Y·办公室-0001",
        "J001-WS·2024·Y·办公室-0002",
        "J001-WS·2024·D10·办公室-0001",
    ]
    assert records[0].retention == "长期"
    assert {record.fonds_id for record in records} == {make.fonds().id}


def test_items_in_a_volume_carry_the_volumes_number():
    scheme = make.scheme("dat22.volume_item.class", "KJ", subclasses="JJ", arrangement="volume_item")
    volume = Volume(
        fonds=make.fonds(), scheme=scheme, title="综合楼工程", year=2022, retention="Y", number=12
    )
    volume.reference_code = volume_code(volume)
    create_volumes([volume], SYSTEM)
    records = create_records([make.draft(scheme_id=scheme.id, volume_id=volume.id, year=2022)] * 1, SYSTEM)
    number_records(records)
    assert volume.reference_code == "J001-KJ·JJ·2022-Y-012"
    assert records[0].reference_code == "J001-KJ·JJ·2022-Y-012-0001"
    assert [(str(each), each.record_count) for each in volumes_of(make.fonds().id, scheme.id, 2022)] == [
        ("J001-KJ·JJ·2022-Y-012 综合楼工程", 1)
    ]


def test_photographs_are_numbered_within_their_group():
    scheme = make.scheme("dat13.group_photo", "ZP", arrangement="group_photo", number_width=3)
    group = Volume(fonds=make.fonds(), scheme=scheme, title="奠基仪式", year=2019, retention="D30", number=25)
    group.reference_code = volume_code(group)
    create_volumes([group], SYSTEM)
    records = create_records(
        [
            make.draft(scheme_id=scheme.id, volume_id=group.id, year=2019, retention="D30", title=f"第{n}张")
            for n in "一二"
        ],
        SYSTEM,
    )
    number_records(records)
    assert records[1].reference_code == "J001-ZP·2019·D30-025-002"


def test_a_withdrawn_number_is_never_used_again_and_its_gap_is_explained():
    scheme = make.scheme()
    records = create_records([make.draft(scheme_id=scheme.id) for _ in range(2)], SYSTEM)
    number_records(records)
    withdraw_number(records[1], reason="误收，退回办公室", actor=SYSTEM)
    number_records([records[1]])
    assert records[1].reference_code == "J001-WS·2024-Y-BGS-0003"
    gap = gaps_of("J001-WS·2024-Y-BGS", make.archive().id).get()
    assert (gap.number, gap.reason) == (2, "误收，退回办公室")
    with pytest.raises(Conflict, match="撤回"):
        create_records([make.draft(reference_code="J001-WS·2024-Y-BGS-0002", number_state="fixed")], SYSTEM)


def test_a_number_is_not_withdrawn_without_a_reason_nor_once_locked():
    record = make.record(scheme_id=make.scheme().id)
    number_records([record])
    with pytest.raises(Invalid):
        withdraw_number(record, reason="  ", actor=SYSTEM)
    record.number_state = "locked"
    with pytest.raises(Conflict):
        withdraw_number(record, reason="误收", actor=SYSTEM)
    assert not WithdrawnNumber.objects.exists()


def test_numbers_that_came_with_records_are_not_given_again():
    scheme = make.scheme()
    make.record(
        scheme_id=scheme.id, reference_code="J001-WS．2024-Y-BGS-0041", item_number=41, number_state="fixed"
    )
    later = make.record(scheme_id=scheme.id)
    number_records([later])
    assert later.reference_code == "J001-WS·2024-Y-BGS-0042"


def test_a_reference_code_stands_once_in_an_archive_whatever_the_fonds():
    make.record(reference_code="J001-WS·2024-Y-BGS-0001", number_state="fixed")
    other = make.fonds("J002")
    with pytest.raises(Conflict, match="已经有档案"):
        make.record(reference_code="J001-WS·2024-Y-BGS-0001", number_state="fixed", fonds_id=other.id)
    with pytest.raises(IntegrityError), transaction.atomic():
        Record.objects.filter(id=make.record(title="另一件").id).update(
            reference_code="J001-WS·2024-Y-BGS-0001", number_state="fixed"
        )


def test_a_batch_is_made_whole_or_not_at_all():
    twice = make.draft(reference_code="J001-WS·2024-Y-BGS-0001", number_state="fixed")
    with pytest.raises(Conflict):
        create_records([make.draft(), twice, make.draft(reference_code=twice.reference_code)], SYSTEM)
    assert not Record.objects.exists()
    assert not ClassCount.objects.exists()


@pytest.mark.parametrize("mark", ["秘密", "机密★10年", "绝密"])
def test_what_is_marked_secret_is_refused_and_nothing_of_the_batch_is_kept(mark):
    with pytest.raises(Forbidden, match="不得进入本平台"):
        create_records([make.draft(), make.draft(classification=mark)], SYSTEM)
    assert not Record.objects.exists()


def test_who_may_not_make_records_makes_none():
    reader = Actor(id="reader", name="读者", roles=frozenset({"lookup_desk"}))
    with pytest.raises(Forbidden):
        create_records([make.draft()], reader)


def test_one_ledger_line_tells_of_a_batch_and_stands_in_each_records_history():
    records = create_records([make.draft() for _ in range(3)], SYSTEM, subject="submission:1")
    entry = Entry.objects.get(act="records.create")
    assert (entry.subject, entry.count) == ("submission:1", 3)
    assert [line.id for line in history_of(records[2])] == [entry.id]


def test_contexts_above_name_the_batches_a_record_took_part_in():
    record = make.record()
    entry = Entry.objects.get()
    register_ledger_subjects(lambda record_id: [f"record:{record_id}", "handover:none"])
    try:
        assert [line.id for line in history_of(record)] == [entry.id]
    finally:
        _subject_sources.pop()


@pytest.mark.parametrize(
    ("title", "kept", "flags"),
    [
        ("𠮷林村关于土地的请示", "𠮷林村关于土地的请示", []),
        ("㛃姓族谱", "㛃姓族谱", []),
        ("张\ue000同志任职", "张\ue000同志任职", ["title:private_use:U+E000"]),
        ("王\ue81e", "王\u9fb4", []),
        ("乱\ufffd码", "乱\ufffd码", ["title:unreadable:U+FFFD"]),
        ("响\x07铃", "响铃", ["title:control:U+0007"]),
        ("半\ud842个", "半\ufffd个", ["title:unreadable:U+D842"]),
    ],
)
def test_rare_characters_are_kept_and_doubtful_ones_flagged(title, kept, flags):
    record = Record.objects.get(id=make.record(title=title).id)
    assert (record.title, record.flags) == (kept, flags)


def test_private_use_characters_are_mapped_by_an_editable_table(tmp_path, monkeypatch):
    make.fonds()
    monkeypatch.setenv("LANTAI_HOME", str(tmp_path))
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "pua.toml").write_text('[characters]\nE000 = "20BB7"\n', encoding="utf-8")
    record = make.record(title="\ue000林村")
    assert (record.title, record.flags) == ("𠮷林村", [])


def test_a_file_name_is_kept_byte_for_byte():
    name = "通知.pdf".encode("gb18030")
    record = make.record(documents=[DocumentDraft(original_name="通知.pdf", original_name_b=name)])
    assert bytes(record.documents.get().original_name_b) == name


def test_a_description_is_changed_with_digests_of_before_and_after_in_the_ledger():
    record = make.record()
    changed = update_description(
        record_id=record.id,
        changes={"title": "更正后的题名"},
        expected_changed_at=record.changed_at,
        actor=SYSTEM,
    )
    entry = Entry.objects.get(act="records.edit")
    assert entry.subject == f"record:{record.id}"
    assert entry.before
    assert entry.before != entry.after
    assert changed.changed_at > record.changed_at


def test_of_two_editors_the_second_is_told_and_nothing_is_lost():
    record = make.record()
    seen = record.changed_at
    update_description(record_id=record.id, changes={"title": "甲改"}, expected_changed_at=seen, actor=SYSTEM)
    with pytest.raises(Conflict, match="别人已修改"):
        update_description(
            record_id=record.id, changes={"title": "乙改"}, expected_changed_at=seen, actor=SYSTEM
        )
    assert Record.objects.get(id=record.id).title == "甲改"


def test_an_edit_takes_away_the_flags_of_what_it_mends():
    record = make.record(title="乱\ufffd码")
    mended = update_description(
        record_id=record.id, changes={"title": "好题名"}, expected_changed_at=record.changed_at, actor=SYSTEM
    )
    assert mended.flags == []


@pytest.mark.parametrize("changes", [{"state": "held"}, {"opening_mark": "open"}, {"title": " "}])
def test_an_edit_cannot_change_state_or_mark_or_empty_the_title(changes):
    record = make.record()
    with pytest.raises(Invalid):
        update_description(
            record_id=record.id, changes=changes, expected_changed_at=record.changed_at, actor=SYSTEM
        )


def test_a_numbered_record_is_not_moved_to_another_class():
    record = make.record(scheme_id=make.scheme().id)
    number_records([record])
    with pytest.raises(Conflict, match="已编号"):
        arrange_records(record_ids=[record.id], changes={"year": 2023}, actor=SYSTEM)


@pytest.mark.requirement("Z49")
def test_the_tree_counts_as_records_are_made_and_moved():
    scheme = make.scheme()
    records = create_records(
        [make.draft(scheme_id=scheme.id), make.draft(scheme_id=scheme.id), make.draft()], SYSTEM
    )

    def tree():
        return {
            (node.label, year.label): year.records
            for node, years in open_fonds(make.fonds().id)
            for year in years
        }

    assert tree() == {("文书档案", "2024"): 2, ("未整理", "2024"): 1}
    arrange_records(record_ids=[records[2].id], changes={"scheme_id": scheme.id, "year": 2023}, actor=SYSTEM)
    assert tree() == {("文书档案", "2024"): 2, ("文书档案", "2023"): 1}


def test_opening_the_tree_reads_as_many_rows_for_many_records_as_for_few(django_assert_num_queries):
    create_records([make.draft(title=str(n)) for n in range(50)], SYSTEM)
    fonds = make.fonds()
    with django_assert_num_queries(1):
        assert open_fonds(fonds.id)[0][0].records == 50
    assert ClassCount.objects.count() == 1


def test_schemes_of_one_class_do_not_overlap_in_years():
    make.scheme(year_from=2003, year_to=2013)
    other = Scheme(
        fonds=make.fonds(),
        category="WS",
        name="新",
        year_from=2010,
        arrangement="item",
        code_template="dat22.item",
    )
    with pytest.raises(Conflict, match="重叠"):
        create_scheme(scheme=other, actor=SYSTEM)
    other.year_from = 2014
    assert create_scheme(scheme=other, actor=SYSTEM).pk


def test_numbers_are_taken_once():
    archive = make.archive()
    assert list(next_numbers(archive.id, "J001-WS·2024-Y", 3)) == [1, 2, 3]
    assert list(next_numbers(archive.id, "J001-WS·2024-Y", 2)) == [4, 5]
    assert list(next_numbers(archive.id, "J001-WS·2024-D10", 1)) == [1]


def test_a_batch_takes_no_more_statements_for_many_records_than_for_few():
    def statements(number):
        drafts = [
            make.draft(title=str(n), documents=[DocumentDraft(original_name="正文.pdf")])
            for n in range(number)
        ]
        with CaptureQueriesContext(connection) as captured:
            create_records(drafts, SYSTEM)
        return len(captured)

    assert statements(300) == statements(3)
    assert Record.objects.count() == Document.objects.count() == 303


def test_columns_are_written_each_row_its_own_and_no_others():
    first, second, third = create_records([make.draft(title=str(n)) for n in range(3)], SYSTEM)
    first.title, first.metadata, first.year = "一", {"M27": "防汛"}, None
    second.title, second.responsible = "二", "不写"
    set_columns([first, second], ["title", "metadata", "year"])
    set_columns([], ["title"])
    assert Record.objects.get(id=first.id).metadata == {"M27": "防汛"}
    assert [Record.objects.get(id=row.id).title for row in (first, second, third)] == ["一", "二", "2"]
    assert Record.objects.get(id=first.id).year is None
    assert Record.objects.get(id=second.id).responsible != "不写"


def test_codes_are_looked_up_by_their_index_and_no_code_is_none():
    scheme = make.scheme()
    record = create_records([make.draft(scheme_id=scheme.id)], SYSTEM)[0]
    asked = with_codes(Record.objects.all(), record.archive_id, ["J001-WS·2012-D30-BGS-0001"])
    if connection.vendor == "sqlite":  # a planner that knows how few rows there are reads them all
        assert "record_code_once_per_archive" in asked.explain()
    assert not with_codes(Record.objects.all(), record.archive_id, [""]).exists()


def test_rows_are_read_as_plain_values_with_a_field_of_another_row():
    scheme = make.scheme()
    placed, loose = create_records(
        [make.draft(scheme_id=scheme.id, date_text="1958-03"), make.draft(title="散件")], SYSTEM
    )
    names = ["id", "date_start", "scheme__category", "volume", "page_count", "changed_at"]
    rows = {row[0]: row[1:] for row in select_values(Record, names, [placed.id, loose.id])}
    assert rows[placed.id.hex][:3] == ("1958-03-01", "WS", None)
    assert rows[loose.id.hex][1] is None
    told = datetime.fromisoformat(rows[loose.id.hex][-1])
    assert (told if told.tzinfo else told.replace(tzinfo=UTC)) == loose.changed_at
    assert [row[0] for row in select_values(Record, ["id"], [scheme.id], by="scheme")] == [placed.id.hex]

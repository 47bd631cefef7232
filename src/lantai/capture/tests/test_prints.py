"""Forms come out at the standards' millimetres, with every word in the text, rare characters too."""

import pikepdf
import pypdfium2
import pytest
from django.urls import reverse

from lantai.capture.boxing import pack
from lantai.capture.ordering import class_of
from lantai.capture.prints import sheets
from lantai.capture.prints.boxes import fill_boxes
from lantai.capture.prints.stamp import stamped_copy
from lantai.capture.prints.typesetting import measures, typeset
from lantai.core import settings
from lantai.core.actors import SYSTEM
from lantai.core.errors import Conflict, Invalid
from lantai.records.api import Volume, bind_volume, create_records
from lantai.records.tests import factories as records
from lantai.records.tests.test_pages import signed_in

from . import factories as make
from .test_arrangement import fix, number

MM = 72 / 25.4


def millimetres(pdf, page=0):
    return tuple(round(side / MM, 1) for side in pypdfium2.PdfDocument(pdf)[page].get_size())


def words(pdf, page=0):
    text = pypdfium2.PdfDocument(pdf)[page].get_textpage().get_text_range()
    return "".join(text.split()).replace("\u200b", "").replace("\ufeff", "")


def edges(pdf, page=0):
    """Left and top edges of what is drawn, in mm from the page's upper left, and their widths and heights."""
    sheet = pypdfium2.PdfDocument(pdf)[page]
    height = sheet.get_height()
    boxes = [thing.get_bounds() for thing in sheet.get_objects(filter=[2], max_depth=4)]
    return {
        (round(left / MM), round((height - top) / MM), round((right - left) / MM), round((top - bottom) / MM))
        for left, bottom, right, top in boxes
    }


def arranged(*titles):
    scheme = make.scheme()
    drafts = [
        records.draft(title=title, date_text=f"2024-01-{day:02d}", scheme_id=scheme.id, page_count=70,
                      document_number=f"云发改〔2024〕{day}号", responsible="云州市发展和改革委员会")
        for day, title in enumerate(titles, 1)
    ]  # fmt: skip
    create_records(drafts, SYSTEM)
    number()
    fix()
    return scheme, list(sheets.numbered(scheme, 2024).select_related("department"))


@pytest.mark.django_db
@pytest.mark.requirement("DA/T 22-2015 5.6")
def test_the_catalogue_lies_on_a4_with_the_columns_of_the_standard():
    scheme, rows = arranged("关于张喆、王䶮任职的通知", "关于表彰先进集体的通报")
    pdf = typeset("file_catalogue", sheets.file_catalogue(scheme, 2024, rows))
    assert millimetres(pdf) == (297.0, 210.0)
    text = words(pdf)
    for expected in (
        "归档文件目录",
        "王䶮",
        "J001-WS·2024-Y-BGS-0001",
        "云发改〔2024〕2号",
        "20240102",
        "密级",
    ):
        assert expected in text
    assert "草" not in text
    assert sum(column["width"] for column in measures("file_catalogue")["columns"]) == 297 - 25 - 15


@pytest.mark.django_db
def test_a_long_catalogue_repeats_its_head_and_a_character_without_a_font_is_named():
    scheme, rows = arranged(*[f"关于第{n}次会议的纪要𠮷" for n in range(1, 29)])
    pdf = typeset("file_catalogue", sheets.file_catalogue(scheme, 2024, rows))
    assert len(pypdfium2.PdfDocument(pdf)) > 1
    assert "责任者" in words(pdf, 1)
    assert "〔U+20BB7〕" in words(pdf)


@pytest.mark.django_db
@pytest.mark.requirement("DA/T 22-2015 5.7")
def test_spines_are_as_high_and_thick_as_the_box():
    scheme, rows = arranged(*"甲乙丙丁戊")
    sheet = sheets.spine(scheme, 2024, rows, 20)
    assert [box["numbers"] for box in sheet["boxes"]] == ["0001\n0002", "0003\n0004", "0005\n0005"]
    pdf = typeset("spine", sheet)
    fields = measures("spine")["fields"]
    assert millimetres(pdf) == (297.0, 420.0)
    assert sum(fields.values()) == 310
    assert {(10, 10, 20, fields["fonds"]), (34, 10, 20, fields["fonds"])} <= edges(pdf)


@pytest.mark.django_db
@pytest.mark.requirement("Z1")
def test_a_box_number_is_written_once_and_what_comes_later_gets_boxes_of_its_own():
    scheme, rows = arranged(*"甲乙丙")
    pack(scheme=scheme, year=2024, class_code=class_of(rows[0]), thickness_mm=20, actor=SYSTEM)
    told = {row.title: row.metadata["box"] for row in sheets.numbered(scheme, 2024)}
    assert told == {"甲": "1", "乙": "1", "丙": "2"}
    scheme, rows = arranged(*"丁戊")
    sheet = sheets.spine(scheme, 2024, rows, 50)
    numbers = [(box["box"], box["numbers"]) for box in sheet["boxes"]]
    assert numbers == [("1", "0001\n0002"), ("2", "0003\n0003"), ("3", "0004\n0005")]
    assert "3" in words(typeset("spine", sheet), 0)
    assert pack(scheme=scheme, year=2024, class_code=class_of(rows[0]), thickness_mm=50, actor=SYSTEM) == 2
    with pytest.raises(Conflict, match="都已装盒"):
        pack(scheme=scheme, year=2024, class_code=class_of(rows[0]), thickness_mm=50, actor=SYSTEM)


@pytest.mark.django_db
def test_a_provisional_number_is_not_packed(client):
    scheme, rows = arranged("甲")
    create_records(
        [records.draft(title="乙", date_text="2024-02-01", scheme_id=scheme.id, page_count=1)], SYSTEM
    )
    number()
    with pytest.raises(Conflict, match="预号"):
        pack(scheme=scheme, year=2024, class_code=class_of(rows[0]), thickness_mm=20, actor=SYSTEM)
    fix()
    signed_in(client, "record_archivist")
    given = {"class": class_of(rows[0]), "thickness": "20"}
    page = client.post(reverse("capture:pack", args=[scheme.id, 2024]), given, follow=True).content.decode()
    assert "2 件已记下盒号" in page
    assert "盒号已记" in page


@pytest.mark.django_db
def test_the_box_cover_has_the_boxs_face():
    scheme, rows = arranged("甲")
    assert (38, 55, 220, 310) in edges(typeset("box_cover", sheets.box_cover(scheme, 2024, rows, 30)))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("turn", "expected"), [(0, (82, 6, 45, 16)), (90, (126, 6, 45, 16)), (180, (82, 6, 45, 16)), (270, (126, 6, 45, 16))]
)  # fmt: skip
def test_the_stamp_lies_at_the_upper_edge_of_page_one_however_it_is_turned(turn, expected, tmp_path):
    _scheme, (record,) = arranged("甲")
    source = tmp_path / "a.pdf"
    with pikepdf.new() as paper:
        for _ in range(2):
            paper.add_blank_page(page_size=(210 * MM, 297 * MM))
        paper.pages[0].Rotate = turn
        paper.save(source)
    before = source.read_bytes()
    copy = stamped_copy(source, record, 3)
    assert expected in shown(copy)
    assert "J00120240001" in "".join(c for c in words(copy) if c.isascii())
    assert words(copy, 1) == ""
    assert source.read_bytes() == before


def shown(pdf):
    """Where red lies on the first page as it is seen, in mm: left, top, width, height."""
    bitmap = pypdfium2.PdfDocument(pdf)[0].render(scale=4).to_pil().convert("RGB")
    red = bitmap.point(lambda value: value).split()
    mask = red[0].point(lambda v: 255 * (v > 150))
    dark = red[1].point(lambda v: 255 * (v < 200))
    from PIL import ImageChops

    left, top, right, bottom = ImageChops.multiply(mask, dark).getbbox()
    a_mm = 4 * MM
    return [
        (round(left / a_mm), round(top / a_mm), round((right - left) / a_mm), round((bottom - top) / a_mm))
    ]


@pytest.mark.django_db
def test_an_archives_own_template_and_measures_win():
    scheme, rows = arranged("甲")
    home = settings.home()
    (home / "templates").mkdir()
    (home / "data").mkdir(exist_ok=True)
    own = '#import "common.typ": *\n#set page(width: mm(m.paper.at(0)), height: 100mm)\n本馆的#d.title'
    (home / "templates" / "file_catalogue.typ").write_text(own, encoding="utf-8")
    (home / "data" / "prints.toml").write_text("[file_catalogue]\npaper = [260, 184]\n", encoding="utf-8")
    pdf = typeset("file_catalogue", sheets.file_catalogue(scheme, 2024, rows))
    assert (millimetres(pdf), words(pdf)) == ((260.0, 100.0), "本馆的归档文件目录")
    (home / "templates" / "file_catalogue.typ").write_text("#unknown", encoding="utf-8")
    with pytest.raises(Invalid, match="unknown"):
        typeset("file_catalogue", sheets.file_catalogue(scheme, 2024, rows))


def test_a_box_takes_whole_records_and_one_too_thick_gets_a_box_of_its_own():
    boxes = fill_boxes([(1, 100, ""), (2, 60, ""), (4, 1, ""), (5, 900, ""), (6, 1, "")], 20)
    assert [(box.number, box.first, box.last) for box in boxes] == [
        ("1", 1, 2),
        ("2", 4, 4),
        ("3", 5, 5),
        ("4", 6, 6),
    ]
    with pytest.raises(Invalid):
        fill_boxes([], 25)


@pytest.mark.django_db
def test_the_volumes_of_a_year_page_by_key_to_the_last(client):
    scheme = make.scheme()
    Volume.objects.bulk_create(
        Volume(fonds=scheme.fonds, scheme=scheme, archive=scheme.fonds.archive, year=2024, number=number,
               retention="Y", reference_code=f"J001-WS·2024-Y-{number:03d}", title=f"案卷{number:03d}")
        for number in range(1, 62)
    )  # fmt: skip
    signed_in(client)
    first = client.get(reverse("capture:prints", args=[scheme.id, 2024]))
    rest = client.get(
        reverse("capture:prints", args=[scheme.id, 2024]) + first.context["page"].next_url
    ).content.decode()
    assert ("案卷061" in first.content.decode(), "案卷061" in rest) == (False, True)


def bound():
    """Two volumes of numbered items, the first of three items with 3, 1 and 12 pages, the second of one."""
    scheme = records.scheme("dat22.volume_item", arrangement="volume_item")
    items = [
        records.draft(title=f"关于第{day}期防汛工作的通报", date_text=f"2024-06-{day:02d}", scheme_id=scheme.id,
                      page_count=pages, document_number=f"云防〔2024〕{day}号", responsible="云州市防汛办")
        for day, pages in enumerate((3, 1, 12, 7), 1)
    ]  # fmt: skip
    ids = [record.id for record in create_records(items, SYSTEM)]
    for title, chosen in (("2024年防汛工作通报", ids[:3]), ("王䶮同志信访件", ids[3:])):
        bind_volume(scheme=scheme, year=2024, record_ids=chosen, title=title, actor=SYSTEM)
    number()
    fix()
    return scheme, list(Volume.objects.order_by("number"))


@pytest.mark.django_db
@pytest.mark.requirement("Z1")
def test_a_volumes_catalogue_and_cover_tell_its_items_their_pages_and_its_own_facts(client):
    scheme, (volume, _other) = bound()
    signed_in(client)
    printed = {
        form: client.get(reverse("capture:print_volume", args=[volume.id, form])).content
        for form in ("item_catalogue", "volume_cover")
    }
    catalogue = printed["item_catalogue"]
    assert millimetres(catalogue) == (210.0, 297.0)
    text = words(catalogue)
    for expected in (
        "卷内目录",
        "档号：J001-WS·2024-Y-001",
        "案卷题名：2024年防汛工作通报",
        "顺序号",
        "页号",
    ):
        assert expected in text
    rows = [
        f"{place}云防〔2024〕{place}号云州市防汛办关于第{place}期防汛工作的通报2024060{place}{page}"
        for place, page in ((1, "1"), (2, "4"), (3, "5-16"))
    ]
    assert [row in text for row in rows] == [True] * 3
    assert "第4期" not in text, "an item of another volume"
    cover = words(printed["volume_cover"])
    for expected in (
        "云州市发展和改革委员会文书2024年防汛工作通报", "起止日期20240601-20240603", "保管期限永久",
        "件数3", "页数16",
    ):  # fmt: skip
        assert expected in cover
    assert cover.endswith("全宗号目录号年度案卷号J00120241")
    for wrong in ([volume.id, "spine"], [scheme.id, "volume_cover"]):
        assert client.get(reverse("capture:print_volume", args=wrong)).status_code == 404


@pytest.mark.django_db
def test_the_years_catalogues_list_every_volume_and_the_full_one_every_item_below_its_volume(client):
    scheme, _volumes = bound()
    signed_in(client)
    volumes, full = (
        words(client.get(reverse("capture:print_class", args=[scheme.id, 2024, form])).content)
        for form in ("volume_catalogue", "full_catalogue")
    )
    assert "案卷目录" in volumes
    first = "1J001-WS·2024-Y-0012024年防汛工作通报20240601-20240603316永久"
    second = "2J001-WS·2024-Y-002王䶮同志信访件2024060417永久"
    assert 0 <= volumes.find(first) < volumes.find(second)
    assert "防汛工作的通报" not in volumes, "items are the full catalogue's"
    assert "全引目录" in full
    places = [
        full.find(expected)
        for expected in (
            "2024年防汛工作通报20240601-20240603永久", "关于第1期防汛工作的通报", "关于第3期防汛工作的通报",
            "王䶮同志信访件20240604永久", "关于第4期防汛工作的通报",
        )
    ]  # fmt: skip
    assert -1 not in places
    assert places == sorted(places)


@pytest.mark.django_db
def test_every_form_is_served_from_the_page(client):
    scheme, _rows = arranged("甲", "乙")
    signed_in(client)
    page = client.get(reverse("capture:prints", args=[scheme.id, 2024])).content.decode()
    name = "J001-WS·2024-Y-BGS"
    assert name in page
    for form in ("file_catalogue", "note", "spine", "box_cover", "volume_catalogue", "full_catalogue"):
        answer = client.get(reverse("capture:print_class", args=[scheme.id, 2024, form]), {"class": name})
        assert (answer.status_code, answer.content[:5]) == (200, b"%PDF-"), form
    assert client.get(reverse("capture:print_class", args=[scheme.id, 2024, "spine"])).status_code == 404
    assert (
        client.get(reverse("capture:print_class", args=[scheme.id, 2024, "x"]), {"class": name}).status_code
        == 404
    )

"""What leaves: tables that an import elsewhere reads back, EAD that its schema accepts."""

import json
import os
from pathlib import Path

import pytest
from lxml import etree

from lantai.catalogue.exporting import ead, entries, jobs, services
from lantai.catalogue.exporting.entries import Choice
from lantai.catalogue.exporting.layouts import choices, layouts
from lantai.catalogue.models import Export
from lantai.core.actors import SYSTEM
from lantai.core.errors import Forbidden, Invalid
from lantai.core.jobs.execution import execute
from lantai.core.settings import home
from lantai.institutions.api import person_actor
from lantai.institutions.tests.factories import a_person, an_agency
from lantai.ledger.api import Entry
from lantai.records.api import Fonds, Record, Volume
from lantai.records.tests.factories import agency, archive, fonds, organisation, scheme

from .tables import csv_file, loaded, prepared, row, sheet_file
from .terminal import run

pytestmark = pytest.mark.django_db
CORPORA = Path(os.environ.get("LANTAI_CORPORA", Path(__file__).parents[5] / "shared" / "corpora"))
FIELDS = ("title", "responsible", "document_number", "date_text", "date_start", "date_end", "year", "retention",
          "unit_code", "page_count", "level", "classification", "disclosure")  # fmt: skip


def filled(folder):
    """Items by code, and a volume with its items."""
    rows = [row(n, 备注="附照片" if n == 2 else "") for n in range(1, 6)]
    rows.append(row(6, 题名="=关于“<水库>” & 移民的\n请示", 文号="", 日期="", 页数=""))
    loaded(csv_file(folder, rows))


def with_a_volume(folder):
    """One item more, in a volume."""
    loaded(sheet_file(folder, [
        ["J001-WS·1985-Y-001", "案卷", "干部任免案卷", "1985", "永久"],
        ["J001-WS·1985-Y-001-001", "", "关于任命张三的通知", "1985", "永久"],
    ], headings=["档号", "层级", "题名", "年度", "保管期限"]))  # fmt: skip


def described():
    """What entries say, by the code without its fonds."""
    return {
        record.reference_code.partition("-")[2]: [getattr(record, name) for name in FIELDS]
        for record in Record.objects.all()
    }


def written(folder, layout, **choice):
    path = folder / f"out{services.suffix_of(layout)}"
    result = services.write_export(
        fonds=fonds(), layout=layout, choice=Choice(**choice), target=path, actor=SYSTEM
    )
    return path, result


@pytest.mark.requirement("S19")
@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_what_was_exported_and_imported_again_says_the_same(tmp_path, kind):
    filled(tmp_path)
    before = described()
    path, result = written(tmp_path, kind)
    assert result.records == 6
    Record.objects.all().delete()
    loaded(path, known="refuse")
    assert described() == before
    assert Record.objects.get(reference_code__endswith="0002").metadata == {"M75": "附照片"}


@pytest.mark.requirement("S19")
def test_a_dbf_is_read_back_and_tells_what_did_not_fit(tmp_path):
    filled(tmp_path)
    long = Record.objects.get(reference_code__endswith="0001")
    Record.objects.filter(id=long.id).update(title="长" * 200)
    before = described()
    path, result = written(tmp_path, "provincial-item:dbf")
    assert (result.records, result.cut) == (6, 1)
    assert result.cut_examples == [f"{long.reference_code} TM"]
    Record.objects.all().delete()
    loaded(path)
    after = described()
    assert len(after) == 6
    code = long.reference_code.partition("-")[2]
    assert after[code][0] == "长" * 127
    after[code][0] = before[code][0]
    title = FIELDS.index("title")
    for key in after:
        assert after[key][title].replace("\n", " ") == before[key][title].replace("\n", " ")
        assert after[key][6:10] == before[key][6:10]


def test_flat_xml_is_whole_and_in_the_encoding_it_says(tmp_path):
    filled(tmp_path)
    path, _result = written(tmp_path, "provincial-item:xml")
    assert path.read_bytes().startswith(b'<?xml version="1.0" encoding="gb18030"?>')
    assert "移民的".encode("gb18030") in path.read_bytes()
    rows = path.read_bytes().decode("gb18030").count("<文件>")
    assert rows == 6


@pytest.mark.requirement("S19")
@pytest.mark.parametrize("edition", ["ead2002", "ead3"])
def test_ead_holds_the_tree_down_to_the_item(tmp_path, edition):
    filled(tmp_path)
    with_a_volume(tmp_path)
    path, result = written(tmp_path, edition)
    tree = etree.parse(path)
    space = {"e": tree.getroot().nsmap[None]}
    assert len(tree.xpath("//e:c[@level='item']", namespaces=space)) == Record.objects.count() == 7
    assert result.records == 7 + Volume.objects.count() == 8
    inside = tree.xpath(
        "//e:c[@level='file'][e:did/e:unittitle='干部任免案卷']/e:c/e:did/e:unittitle/text()",
        namespaces=space,
    )
    assert inside == ["关于任命张三的通知"]
    assert "=关于“<水库>” & 移民的\n请示" in tree.xpath("//e:unittitle/text()", namespaces=space)


@pytest.mark.requirement("S19")
@pytest.mark.parametrize("edition", ["ead2002", "ead3"])
def test_ead_holds_items_whose_year_or_whose_volume_is_another(tmp_path, edition):
    rows = [["J001-WS·1985-Y-001", "案卷", "干部任免案卷", "1985", "永久"]]
    rows += [[f"J001-WS·1985-Y-001-00{n}", "", f"通知{n}", "1985", "永久"] for n in (1, 2, 3)]
    loaded(sheet_file(tmp_path, rows, headings=["档号", "层级", "题名", "年度", "保管期限"]))
    Record.objects.filter(title="通知2").update(year=1986)  # codes without a year, as of DA/T 13, allow it
    Record.objects.filter(title="通知3").update(scheme=fonds().schemes.get(year_from=2003))

    def titles(inside, **choice):
        path, _result = written(tmp_path, edition, **choice)
        tree = etree.parse(path)
        found = tree.xpath(
            f"//e:c{inside}/e:c[@level='item']/e:did/e:unittitle/text()",
            namespaces={"e": tree.getroot().nsmap[None]},
        )
        return sorted(found)

    assert titles("") == ["通知1", "通知2", "通知3"]
    assert titles("[@level='file']") == ["通知1", "通知2"]
    assert titles("", year_from=1986) == ["通知2"]


def test_what_is_longer_than_a_cell_of_a_workbook_is_told(tmp_path):
    filled(tmp_path)
    Record.objects.filter(reference_code__endswith="0002").update(metadata={"M75": "长" * 40_000})
    _path, result = written(tmp_path, "xlsx")
    assert (result.cut, result.cut_examples) == (1, ["J001-WS·2012-D30-BGS-0002 备注"])


XLINK = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="http://www.w3.org/1999/xlink">
{}</xs:schema>""".format(
    "".join(
        f'<xs:attributeGroup name="{name}Link"><xs:anyAttribute processContents="lax"/></xs:attributeGroup>'
        for name in ("simple", "extended", "locator", "arc", "resource")
    )
)
"""What the schema takes from XLink; nothing we write is a link."""


class _Offline(etree.Resolver):
    def resolve(self, _url, _id, context):
        return self.resolve_string(XLINK, context)


def _schema(name):
    found = next(iter(sorted(CORPORA.glob(f"eark-ip-test-corpus/**/schemas/{name}"))), None)
    if found is None:
        pytest.skip(f"{name} of the corpora is not here ({CORPORA})")
    parser = etree.XMLParser()
    parser.resolvers.add(_Offline())
    return etree.XMLSchema(etree.fromstring(found.read_bytes(), parser))


@pytest.mark.requirement("S19")
def test_ead_2002_is_what_its_schema_asks_for(tmp_path):
    schema = _schema("ead2002.xsd")
    filled(tmp_path)
    with_a_volume(tmp_path)
    Fonds.objects.update(started="1949-10-01", ended="2026-01-01", history="一九四九年成立。")
    path, _result = written(tmp_path, "ead2002")
    schema.assertValid(etree.parse(path))


def test_an_archive_brings_layouts_of_its_own_and_a_wrong_one_is_named(tmp_path):
    filled(tmp_path)
    folder = home() / "layouts"
    folder.mkdir()
    (folder / "our.toml").write_text(
        'name = "本省"\nkinds = ["csv"]\nencoding = "gb18030"\n[[column]]\nheading = "题名"\nfield = "title"\n',
        "utf-8",
    )
    assert ("our:csv", "本省（CSV）") in choices()
    path, _result = written(tmp_path, "our:csv")
    assert path.read_text("gb18030").splitlines()[0] == "题名"
    (folder / "our.toml").write_text('name = "本省"\nkinds = ["pdf"]\nencoding = "none"\n', "utf-8")
    with pytest.raises(Invalid, match="our"):
        layouts()


def test_only_what_one_may_see_leaves_and_only_from_ones_own_fonds(tmp_path):
    filled(tmp_path)
    Record.objects.filter(reference_code__endswith="0001").update(state="isolated")
    path, result = written(tmp_path, "csv", year_from=2012, year_to=2012, category="WS")
    assert result.records == 5
    assert "-0001" not in path.read_text("utf-8-sig")
    assert written(tmp_path, "csv", year_from=2013)[1].records == 0
    stranger = person_actor(a_person("record_archivist", organisation=an_agency()))
    with pytest.raises(Forbidden):
        services.write_export(
            fonds=fonds(), layout="csv", choice=Choice(), target=tmp_path / "x.csv", actor=stranger
        )
    with pytest.raises(Invalid, match="止年早于起年"):
        written(tmp_path, "csv", year_from=2013, year_to=2012)
    with pytest.raises(Invalid, match="没有这种导出格式"):
        written(tmp_path, "full:dbf")
    assert Entry.objects.filter(act="catalogue.export", subject=f"fonds:{fonds().id}").count() == 2


@pytest.mark.requirement("S19")
def test_people_ask_for_an_export_and_take_it_away(client, tmp_path):
    filled(tmp_path)
    client.force_login(
        a_person("receiving_archivist", organisation=archive()),
        backend="django.contrib.auth.backends.ModelBackend",
    )
    place = "/desk/catalogue/exports/"
    assert "还没有导出过" in client.get(place).content.decode()
    sent = {"fonds": fonds().id, "layout": "full:xlsx"}
    assert client.post(place, {**sent, "year_from": 2013, "year_to": 2012}).status_code == 422
    assert client.post(place, sent).status_code == 302
    made = Export.objects.get()
    assert client.get(f"{place}{made.id}/").status_code == 404
    execute(made.job_id)
    assert "6 条" in client.get(place).content.decode()
    answer = client.get(f"{place}{made.id}/")
    assert answer.getvalue()[:2] == b"PK"
    asked = client.post(
        "/api/v1/exports",
        json.dumps({"fonds": str(fonds().id), "layout": "ead3"}),
        content_type="application/json",
    )
    assert asked.status_code == 202, asked.content
    execute(Export.objects.get(layout="ead3").job_id)
    told = client.get(f"/api/v1/exports/{asked.json()['id']}").json()
    assert (told["state"], told["records"]) == ("ready", 6)
    assert client.get(f"/api/v1/exports/{told['id']}/file").getvalue().startswith(b"<?xml")
    assert len(client.get("/api/v1/exports").json()["items"]) == 2
    client.force_login(
        a_person("preservation_archivist", organisation=archive()),
        backend="django.contrib.auth.backends.ModelBackend",
    )
    assert client.get(f"{place}{made.id}/").status_code == 404
    Export.objects.update(made_at="2020-01-01T00:00Z")
    assert services.sweep_exports() == 2
    assert not list((home() / "exports").iterdir())


@pytest.mark.requirement("S19")
@pytest.mark.parametrize("layout", ["full:csv", "ead3"])
def test_an_export_tells_how_far_it_is_and_leaves_nothing_out_between_two_pages(
    tmp_path, monkeypatch, layout
):
    filled(tmp_path)
    with_a_volume(tmp_path)
    Record.objects.filter(item_number__in=(2, 3, 4)).update(
        reference_code="", number_state="none", item_number=None
    )
    for module, name, most in ((entries, "AT_ONCE", 2), (ead, "MOST_INSIDE", 0), (jobs, "TOLD_EVERY", 1)):
        monkeypatch.setattr(module, name, most)
    made = services.ask_for_export(fonds=fonds(), layout=layout, choice=Choice(), actor=SYSTEM)
    done, fault = execute(made.job_id)
    assert fault is None
    assert (done.done, done.total) == (8, 8)
    text = services.ready_file(Export.objects.get()).read_text(encoding="utf-8-sig")
    for title in ["干部任免案卷", *Record.objects.exclude(item_number=6).values_list("title", flat=True)]:
        assert text.count(title) == 1


def test_the_command_writes_a_file(tmp_path):
    filled(tmp_path)
    told = run("export", "--fonds", "J001", "--output", tmp_path / "a.dbf", "--layout", "provincial-item:dbf")
    assert (told["records"], told["cut"]) == (6, 0)
    assert (tmp_path / "a.dbf").stat().st_size == told["bytes"]


def test_entries_of_one_archive_go_into_another(tmp_path):
    """The receiving archive knows the fonds by the same code."""
    filled(tmp_path)
    path, _result = written(tmp_path, "xlsx")
    before = described()
    elsewhere = organisation("990200-A", "邻市档案馆")
    twin = Fonds.objects.create(archive=elsewhere, creator=agency(), code="J001", name="邻市存本")
    scheme(fonds=twin)
    from lantai.catalogue.importing import services as importing
    from lantai.core.jobs import run_inline

    batch = importing.receive_file(file=path, fonds=twin, actor=SYSTEM)
    importing.start_check(batch=batch, actor=SYSTEM, enqueue=False)
    run_inline(importing.CHECK, SYSTEM, progress=False, import_id=str(batch.id))
    importing.start_load(batch=batch, actor=SYSTEM, enqueue=False)
    run_inline(importing.LOAD, SYSTEM, progress=False, import_id=str(batch.id))
    there = {
        record.reference_code.partition("-")[2]: [getattr(record, name) for name in FIELDS]
        for record in Record.objects.filter(fonds=twin)
    }
    assert there == before
    assert prepared() == fonds()

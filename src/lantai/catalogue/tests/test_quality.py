"""Quality: every rule fails what it is meant to fail and nothing else; scores follow the records."""

from datetime import date

import pytest

from lantai.catalogue.authorities.models import Authority
from lantai.catalogue.authorities.services import Name, save_authority
from lantai.catalogue.description import vocabularies
from lantai.catalogue.description.models import Vocabulary
from lantai.catalogue.quality import taking
from lantai.catalogue.quality.models import QualityDue, QualityFailure, QualityScore
from lantai.catalogue.quality.rules import Judge, Row, rules
from lantai.catalogue.quality.selectors import quality_of
from lantai.core.actors import SYSTEM
from lantai.core.errors import Invalid
from lantai.core.events import deliver_pending
from lantai.core.identifiers import new_id
from lantai.core.jobs import run_inline
from lantai.core.settings import home
from lantai.institutions.tests.factories import a_person
from lantai.records.api import Record, update_description
from lantai.records.tests.factories import archive, fonds, record, scheme

pytestmark = pytest.mark.django_db
GOOD = {
    "id": None, "reference_code": "J001-WS·2012-Y-BGS-0001", "title": "关于印发防汛方案的通知", "responsible": "云州市水利局",
    "document_number": "云水〔2012〕3号", "date_text": "20120305", "date_start": date(2012, 3, 5),
    "date_end": date(2012, 3, 5), "date_certainty": "exact", "year": 2012, "retention": "Y", "page_count": 3, "metadata": {},
    "flags": [], "category": "WS", "agency_id": None,
}  # fmt: skip


def row(**values):
    return Row(**{**GOOD, "id": new_id(), **values})


def dated(text, year):
    day = date(year, 1, 1)
    return {"date_text": text, "date_start": day, "date_end": day, "year": year}


def faults(*rows):
    judge = Judge(archive().id, date(2026, 11, 22))
    return [{rule.key: detail for rule, detail in judge.faults(each)} for each in rows]


@pytest.mark.requirement("Z2")
@pytest.mark.parametrize(
    ("changed", "rule", "detail"),
    [
        ({"responsible": "", "retention": ""}, "mandatory", "责任者、保管期限"),
        ({"date_text": "某年某月", "date_start": None, "date_end": None}, "unreadable-date", "某年某月"),
        (dated("20990101", 2099), "future-date", "20990101"),
        (dated("12000101", 1200), "early-date", "12000101"),
        ({"year": 2021}, "year-apart", "2021 / 20120305"),
        ({"title": "函件"}, "short-title", "函件"),
        ({"title": "IMG_0012"}, "placeholder-title", "IMG_0012"),
        ({"title": "××××"}, "placeholder-title", "××××"),
        ({"title": "扫描00012"}, "placeholder-title", "扫描00012"),
        ({"title": "啊啊啊啊啊"}, "placeholder-title", "啊啊啊啊啊"),
        ({"page_count": 0}, "no-pages", ""),
        ({"title": "关于印发《防汛方案的通知"}, "brackets", "《》"),
        ({"title": "关于\ufffd的防汛通知"}, "odd-characters", "\ufffd"),
        ({"document_number": "云水[2012]3号"}, "number-form", "云水[2012]3号"),
    ],
)  # fmt: skip
def test_each_rule_fails_what_it_is_meant_to_fail(changed, rule, detail):
    assert faults(row()) == [{}]
    found = faults(row(**changed))[0]
    assert found[rule] == detail
    assert set(found) == {rule}


@pytest.mark.requirement("Z2")
def test_twins_are_found_in_the_order_they_come():
    same = {"reference_code": "J001·WS—2012-Y-BGS-0001"}
    assert faults(row(), row(**same, title="另一件的题名")) == [{}, {"twin-code": "J001-WS·2012-Y-BGS-0001"}]
    assert faults(row(), row(reference_code="J001-WS·2012-Y-BGS-0002"))[1] == {"twin-entry": ""}


@pytest.mark.requirement("Z2")
def test_names_and_places_count_only_where_somebody_keeps_them():
    place = row(metadata={"地名": "云州；火星"})
    assert faults(place) == [{}]
    save_authority(
        authority=Authority(archive=archive()), values={"kind": "agency", "name": "云州市水利局"}, names=[Name("市水利局")],
        actor=SYSTEM,
    )  # fmt: skip
    words = vocabularies.save_vocabulary(
        vocabulary=Vocabulary(archive=archive(), key="places"),
        name="地名",
        source="",
        closed=False,
        actor=SYSTEM,
    )
    vocabularies.put_terms(vocabulary=words, rows=[{"word": "云州"}], actor=SYSTEM)
    assert faults(place) == [{"unknown-place": "火星"}]
    assert faults(row(responsible="市水利局、水利科")) == [{"unknown-name": "水利科"}]


def test_an_archives_own_rules_are_read_and_a_broken_one_is_named():
    own = home() / "data" / "quality.toml"
    own.parent.mkdir(parents=True)
    own.write_text(
        '[[rule]]\nkey="p"\nname="页"\nkind="no_pages"\nweight=100\nremedy="r"\n', encoding="utf-8"
    )
    assert faults(row(page_count=0, title="")) == [{"p": ""}]
    own.write_text('[[rule]]\nkey="p"\nname="页"\nkind="magic"\nweight=1\nremedy="r"\n', encoding="utf-8")
    with pytest.raises(Invalid, match="“p”"):
        rules()


def taken():
    deliver_pending("catalogue.quality")
    run_inline(taking.TAKE, SYSTEM, progress=False)


@pytest.mark.requirement("Z2")
def test_scores_follow_the_records_of_a_fonds_and_year():
    kind = scheme()
    good = {"scheme_id": kind.id, "responsible": "云州市发改委", "date_text": "20240305", "page_count": 2}
    one = record(**good)
    two = record(
        **{**good, "page_count": 0, "title": "关于另一件事的函", "year": 2023, "date_text": "20230305"}
    )
    taken()
    assert not QualityDue.objects.exists()
    line = quality_of("fonds")[0]
    assert (line.records, line.failing, line.by_rule) == (2, 2, {"mandatory": 2, "no-pages": 1})
    assert line.score == 55.0
    assert [each.label for each in quality_of("year")] == ["2023", "2024"]
    update_description(
        record_id=two.id, changes={"page_count": 4}, expected_changed_at=two.changed_at, actor=SYSTEM
    )
    taken()
    assert quality_of("fonds")[0].by_rule == {"mandatory": 2}
    Record.objects.filter(id=one.id).update(year=2023)
    taking.mark_what_differs()
    taken()
    assert [(each.label, each.records) for each in quality_of("year")] == [("2023", 2)]
    assert QualityFailure.objects.count() == 2
    assert QualityScore.objects.count() == 1


@pytest.mark.requirement("Z2")
def test_since_when_a_fault_stands_is_kept_until_the_last_is_mended():
    made = record(
        scheme_id=scheme().id, responsible="云州市发改委", reference_code="J001-WS·2024-Y-BGS-0001", number_state="fixed",
        date_text="20240305", page_count=0,
    )  # fmt: skip
    taken()
    found = quality_of("agency")[0].since
    assert found is not None
    for title in ("关于防汛的第二个通知", "关于防汛的第三个通知"):
        change(made, title=title)
        taken()
        assert quality_of("agency")[0].since == found
    change(made, page_count=2)
    taken()
    assert (quality_of("agency")[0].failing, quality_of("agency")[0].since) == (0, None)
    change(made, page_count=0)
    taken()
    assert quality_of("agency")[0].since > found


def change(made, **changes):
    made.refresh_from_db()
    update_description(record_id=made.id, changes=changes, expected_changed_at=made.changed_at, actor=SYSTEM)


def test_the_pages_and_the_api_of_quality(client):
    made = record(scheme_id=scheme().id)
    Record.objects.filter(id=made.id).update(custodian=archive())
    client.force_login(
        a_person("receiving_archivist", organisation=archive()),
        backend="django.contrib.auth.backends.ModelBackend",
    )
    taken()
    assert "云州市发展和改革委员会" in client.get("/desk/catalogue/quality/").content.decode()
    page = client.get(f"/desk/catalogue/quality/{fonds().id}/").content.decode()
    assert "缺少必著项" in page
    page = client.get(f"/desk/catalogue/quality/{fonds().id}/mandatory/").content.decode()
    assert "档号、责任者、日期" in page
    assert "责任者、日期" in page
    assert client.get(f"/desk/catalogue/quality/{fonds().id}/nonsense/").status_code == 404
    assert client.post(f"/desk/catalogue/quality/{fonds().id}/refresh/").status_code == 302
    lines = client.get("/api/v1/catalogue/quality").json()
    assert lines[0]["by_rule"]["no-pages"] == 1
    found = client.get(f"/api/v1/catalogue/quality/{fonds().id}/no-pages").json()
    assert found["items"][0]["record"] == str(made.id)

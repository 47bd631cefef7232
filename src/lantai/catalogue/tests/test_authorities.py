"""The authority file: names, versions, relations, links, and finding by any name."""

import json

import pytest

from lantai.catalogue.authorities.importing import import_authorities, read_authorities
from lantai.catalogue.authorities.linking import LINK_ALL
from lantai.catalogue.authorities.models import Authority, AuthorityLink, AuthorityRelation, AuthorityVersion
from lantai.catalogue.authorities.names import other_names
from lantai.catalogue.authorities.papers import AuthorityPapers
from lantai.catalogue.authorities.services import Name, link_records, relate, save_authority
from lantai.catalogue.parts import CataloguePart
from lantai.core.actors import SYSTEM
from lantai.core.errors import Conflict, Invalid
from lantai.core.jobs import run_inline
from lantai.institutions.tests.factories import a_person
from lantai.ledger.api import entries_for
from lantai.records.tests.factories import archive, record, scheme

pytestmark = pytest.mark.django_db
CSV = """规范名称,种类,曾用名,简称,成立或出生,撤销或去世,前身,依据
云州县革命委员会,机构,,云州县革委会,1968,1981,,县志第三编
云州县人民政府,机构,,县府,1981,,云州县革命委员会,
林岚,人物,林阿岚,,1921,2003-05,,干部履历表
"""


def imported(text=CSV):
    return import_authorities(
        archive=archive(), rows=read_authorities(text.encode("gb18030")), kind="agency", actor=SYSTEM
    )


def named(name):
    return Authority.objects.get(name=name)


@pytest.mark.requirement("Z9")
def test_a_table_brings_names_dates_and_predecessors():
    done = imported()
    assert (done.added, done.related) == (3, 1)
    before = named("云州县革命委员会")
    assert (before.started.year, str(before.ended)) == (1968, "1981-12-31")
    assert {name.name for name in before.names.all()} == {"云州县革命委员会", "云州县革委会"}
    assert AuthorityRelation.objects.get().target == named("云州县人民政府")
    again = imported()
    assert (again.added, again.changed, again.same, again.related) == (0, 0, 3, 0)
    for bad, said in (
        (CSV + "甲局,机构,,,2000,1990,,\n", "早于成立"),
        (CSV + "乙局,机构,,,,,没有的局,\n", "前身“没有的局”不在"),
        ("甲,乙\n1,2\n", "没有“规范名称”"),
        ("规范名称,种类\n,机构\n", "第 2 行没有规范名称"),
    ):
        with pytest.raises(Invalid, match=said):
            imported(bad)
    assert Authority.objects.count() == 3


@pytest.mark.requirement("Z9", "S28")
def test_either_name_leads_to_the_others_traditional_forms_too():
    imported()
    assert other_names("云州县革委会") == ["云州县革命委员会"]
    assert other_names("雲州縣革命委員會") == ["云州县革委会"]
    assert other_names("云州县革委会关于防汛") == ["云州县革命委员会关于防汛"]
    assert other_names("防汛") == []
    assert other_names("云" * 5000) == []


@pytest.mark.requirement("Z9")
def test_every_save_is_a_version_and_nobody_overwrites_anothers():
    imported()
    found = named("林岚")
    save_authority(
        authority=found, values={"places": "浙江云州"}, names=[Name("阿岚")], reason="补籍贯", actor=SYSTEM,
        expected_version=1,
    )  # fmt: skip
    assert [(row.number, row.reason) for row in found.versions.all()] == [(2, "补籍贯"), (1, "从表格导入")]
    assert found.versions.get(number=1).content["names"][1]["name"] == "林阿岚"
    assert len(entries_for(f"authority:{found.id}")) == 2
    with pytest.raises(Conflict, match="别人已修改"):
        save_authority(authority=found, values={}, names=[], actor=SYSTEM, expected_version=1)
    with pytest.raises(Conflict, match="已有这个名称"):
        save_authority(
            authority=Authority(archive=archive()), values={"kind": "person", "name": "林岚"}, names=[], actor=SYSTEM
        )  # fmt: skip
    before, after = named("云州县革命委员会"), named("云州县人民政府")
    with pytest.raises(Conflict, match="绕成圈"):
        relate(source=after, target=before, kind="earlier", actor=SYSTEM)


@pytest.mark.requirement("Z9")
def test_records_are_tied_to_whoever_alone_goes_by_the_name():
    imported()
    save_authority(
        authority=Authority(archive=archive()), values={"kind": "agency", "name": "县政府", "qualifier": "山县"},
        names=[Name("县府")], actor=SYSTEM,
    )  # fmt: skip
    kind = scheme()
    one = record(scheme_id=kind.id, responsible="云州县革委会、林岚")
    two = record(scheme_id=kind.id, responsible="县府")
    three = record(scheme_id=kind.id, responsible="某某局")
    job = run_inline(LINK_ALL, SYSTEM, progress=False, archive_id=str(archive().id))
    assert job.result == {"linked": 2, "ambiguous": 1, "unknown": 1}
    links = AuthorityLink.objects.filter(record=one)
    assert {(link.authority.name, link.written) for link in links} == {
        ("云州县革命委员会", "云州县革委会"),
        ("林岚", "林岚"),
    }
    assert not AuthorityLink.objects.filter(record__in=[two, three]).exists()
    assert (
        run_inline(LINK_ALL, SYSTEM, progress=False, archive_id=str(archive().id)).result.get("linked", 0)
        == 0
    )


@pytest.mark.requirement("S35")
def test_authorities_and_links_come_back_from_the_vault():
    imported()
    made = record(scheme_id=scheme().id)
    link_records(authority=named("林岚"), record_ids=[made.id], role="subject", actor=SYSTEM)
    papers = AuthorityPapers().describe([f"authority:{one.id}" for one in Authority.objects.all()])
    parts = json.loads(json.dumps({str(k): v for k, v in CataloguePart().describe([made.id]).items()}))
    for model in (AuthorityLink, AuthorityRelation, AuthorityVersion, Authority):
        model.objects.all().delete()
    CataloguePart().restore({made.id: parts[str(made.id)]})
    assert AuthorityLink.objects.get().authority.name == "林岚"
    for _again in range(2):
        AuthorityPapers().restore(papers)
    assert AuthorityRelation.objects.get().source.name == "云州县革命委员会"
    assert Authority.objects.count() == AuthorityVersion.objects.count() == 3


def test_the_pages_of_the_authority_file(client):
    imported()
    made = record(scheme_id=scheme().id)
    type(made).objects.filter(id=made.id).update(custodian=archive())
    client.force_login(
        a_person("receiving_archivist", organisation=archive()),
        backend="django.contrib.auth.backends.ModelBackend",
    )
    home = "/desk/catalogue/authorities/"
    assert "云州县革命委员会" in client.get(f"{home}?q=云州县革委").content.decode()
    assert "林岚" not in client.get(f"{home}?kind=agency").content.decode()
    found = named("云州县人民政府")
    page = client.get(f"{home}{found.id}/").content.decode()
    assert "前身" in page
    form = client.get(f"{home}{found.id}/edit/").context["form"]
    posted = {field.html_name: field.value() or "" for field in form} | {"former": "云州县公署|1949|1955"}
    assert client.post(f"{home}{found.id}/edit/", posted).status_code == 302
    assert "别人已修改" in client.post(f"{home}{found.id}/edit/", {**posted, "code": "9"}).content.decode()
    assert "云州县公署" in client.get(f"{home}{found.id}/versions/2/").content.decode()
    answer = client.post(
        f"{home}{found.id}/relate/", {"other": "林岚", "relation": "associated"}, follow=True
    )
    assert "关系已记下" in answer.content.decode()
    tie = f"/desk/catalogue/records/{made.id}/authorities/"
    assert "县府" in client.post(tie, {"name": "县府", "role": "responsible"}, follow=True).content.decode()
    link = AuthorityLink.objects.get()
    client.post(tie, {"remove": str(link.id)})
    assert not AuthorityLink.objects.exists()


def test_the_api_of_the_authority_file(client):
    imported()
    client.force_login(
        a_person("receiving_archivist", organisation=archive()),
        backend="django.contrib.auth.backends.ModelBackend",
    )
    home = "/api/v1/catalogue/authorities"
    body = {"kind": "agency", "name": "云州县档案馆", "names": [{"name": "县档", "kind": "short"}]}
    made = client.post(home, json.dumps(body), content_type="application/json")
    assert made.status_code == 201
    key = made.json()["id"]
    changed = client.put(
        f"{home}/{key}", json.dumps({**body, "code": "123", "version": 1}), content_type="application/json"
    ).json()
    assert (changed["version"], changed["code"]) == (2, "123")
    assert [row["name"] for row in client.get(f"{home}?name=县档").json()["items"]] == ["云州县档案馆"]
    assert client.get(f"{home}/{named('云州县人民政府').id}").json()["relations"][0]["kind"] == "前身"

"""The guide is proposed from data, written, approved by another, and read by everybody."""

import pytest

from lantai.catalogue.fonds.filing import paper_path
from lantai.catalogue.guide import selectors, services
from lantai.catalogue.guide.printing import guide_pdf
from lantai.catalogue.guide.sections import propose_sections
from lantai.catalogue.models import FondsPaper, GuideText
from lantai.core.actors import SYSTEM, Actor
from lantai.core.errors import Conflict, Forbidden, Invalid
from lantai.formats.api import extract_text
from lantai.institutions.tests.factories import a_person
from lantai.ledger.api import sequence_pending
from lantai.records.api import Fonds, create_fonds
from lantai.records.tests.factories import agency, archive, fonds, record, scheme
from lantai.vault.api import rebuild
from lantai.vault.papers import keep_papers

from .terminal import run

pytestmark = pytest.mark.django_db
CREATOR = "云州市发展和改革委员会1985年由计划委员会改组而来。"


def writer(name="w"):
    return Actor(name, "编写", frozenset({"preservation_archivist"}), archive().id)


def written(sections=None, of=fonds):
    return services.save_text(
        archive=archive(),
        fonds=of() if of else None,
        sections=sections or {"creator": CREATOR},
        actor=writer(),
    )


def published(sections=None, of=fonds):
    text = written(sections, of)
    services.submit_text(text=text, actor=writer())
    services.approve_text(text=text, actor=writer("other"))
    return GuideText.objects.get(id=text.id)


@pytest.mark.requirement("S17")
@pytest.mark.parametrize(("year_to", "said"), [(None, "2003年以来，"), (2025, "2003—2025年，")])
def test_how_it_is_arranged_is_said_with_years_nobody_takes_for_this_one(year_to, said):
    used = scheme(year_to=year_to)
    record(scheme_id=used.id)
    assert propose_sections(archive(), fonds())["arrangement"].startswith(f"文书档案，{said}")


def test_what_the_data_say_is_proposed():
    one = scheme()
    for year in (2008, 2011, 2011):
        record(scheme_id=one.id, year=year)
    proposed = propose_sections(archive(), fonds())
    assert "3 件" in proposed["extent"]
    assert "2008—2011" in proposed["extent"]
    assert "文书档案：3 件" in proposed["scope"]
    assert "未审核 3 件" in proposed["access"]
    assert "1 个全宗，3 件" in propose_sections(archive(), None)["holdings"]


@pytest.mark.requirement("S17")
def test_a_text_is_public_once_somebody_else_approved_it_and_the_next_version_takes_its_place():
    text = written()
    assert not selectors.published().exists()
    with pytest.raises(Conflict):
        services.approve_text(text=text, actor=writer("other"))
    services.submit_text(text=text, actor=writer())
    with pytest.raises(Forbidden, match="编写人"):
        services.approve_text(text=text, actor=writer())
    with pytest.raises(Conflict, match="正待审定"):
        written()
    with pytest.raises(Invalid, match="退回理由"):
        services.return_text(text=text, reason=" ", actor=writer("other"))
    services.return_text(text=text, reason="补年代", actor=writer("other"))
    services.submit_text(text=written(), actor=writer())
    services.approve_text(text=text, actor=writer("other"))
    paper = FondsPaper.objects.get(kind="guide")
    assert CREATOR[:10] in "".join(extract_text(paper_path(paper)))
    second = published({"creator": "改写过。"})
    assert (second.number, selectors.published().get()) == (2, second)
    assert GuideText.objects.get(id=text.id).state == "superseded"


def test_nothing_and_too_much_are_refused():
    with pytest.raises(Invalid, match="还什么都没有写"):
        written({"creator": "  "})
    with pytest.raises(Invalid, match="最多"):
        written({"creator": "字" * 20_001})


@pytest.mark.requirement("S17")
def test_the_book_has_contents_chapters_and_the_list_of_fonds(tmp_path):
    published({"overview": "本馆一九五九年建立。"}, of=None)
    published()
    pages = extract_text(guide_pdf(archive()))
    assert "馆藏指南" in pages[0]
    assert "目录" in pages[1]
    assert "J001" in pages[1]
    assert "本馆一九五九年建立" in pages[2]
    assert CREATOR[:10] in "".join(pages)
    assert "全宗名册" in pages[-1]
    first = guide_pdf(archive())
    assert guide_pdf(archive()) == first
    told = run("guide", archive().code, "--pdf", tmp_path / "指南.pdf")
    assert told["published"] == 2
    assert (tmp_path / "指南.pdf").stat().st_size == told["pdf_bytes"]
    published({"creator": "新版。"})
    second = guide_pdf(archive())
    assert second != first
    assert not first.exists()
    Fonds.objects.filter(id=fonds().id).update(name="更名以后的全宗")
    assert "更名以后的全宗" in "".join(extract_text(guide_pdf(archive())))


@pytest.mark.requirement("S17")
def test_it_is_written_at_the_desk_and_read_and_searched_by_everybody(client):
    from django.test import Client

    def log_in():
        person = a_person("preservation_archivist", organisation=archive())
        client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")

    public = Client()
    log_in()
    fonds()
    assert "还没有公布" in public.get("/guide/").content.decode()
    assert "还没有写" in client.get("/desk/catalogue/guide/").content.decode()
    address = f"/desk/catalogue/guide/{fonds().id}/"
    assert "草稿" in client.get(address).content.decode()
    assert client.post(address, {"creator": " "}).status_code == 422
    assert client.post(address, {"creator": CREATOR, "then": "submit"}).status_code == 302
    sent = client.get(address).content.decode()
    assert "已送审" in sent
    assert "审定通过" not in sent
    assert "等您审定" not in client.get("/desk/catalogue/guide/").content.decode()
    log_in()
    assert "等您审定" in client.get("/desk/catalogue/guide/").content.decode()
    assert "馆藏指南等您审定" in client.get("/desk/").content.decode()
    assert "审定通过" in client.get(address).content.decode()
    text = GuideText.objects.get()
    client.post(f"/desk/catalogue/guide/texts/{text.id}/decide/", {"decision": "approve"})
    home = public.get("/guide/", follow=True).content.decode()
    assert "云州市发展和改革委员会" in home
    place = f"/guide/{archive().id}/"
    assert "找到 1 个" in public.get(place, {"q": "计划委员会 1985"}).content.decode()
    missed = public.get(place, {"q": "水产"}).content.decode()
    assert "没有找到" in missed
    assert "/search?q=%E6%B0%B4%E4%BA%A7" in missed
    entry = public.get(f"{place}{fonds().id}/").content.decode()
    assert CREATOR in entry
    assert f"/search?fonds={fonds().id}" in entry
    book = public.get(f"{place}guide.pdf")
    assert book.getvalue()[:4] == b"%PDF"
    told = public.get("/api/v1/guide").json()["items"]
    assert [(row["fonds"], row["sections"]["creator"]) for row in told] == [("J001", CREATOR)]


@pytest.mark.requirement("Z36")
@pytest.mark.django_db(transaction=True)
def test_the_guide_survives_the_database():
    from django.core.management import call_command

    made = create_fonds(
        fonds=Fonds(archive=archive(), creator=agency(), code="J002", name="乙"), actor=SYSTEM
    )
    text = published(of=lambda: made)
    sequence_pending()
    keep_papers()
    call_command("flush", interactive=False, verbosity=0)
    rebuild("use", SYSTEM)
    again = GuideText.objects.get(id=text.id)
    assert (again.state, again.sections) == ("approved", text.sections)

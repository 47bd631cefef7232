"""What lies in the file of a fonds, and how it gets there."""

from datetime import date
from functools import cache

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from lantai.catalogue.fonds import filing, reforming
from lantai.catalogue.fonds.filing import Described, add_paper, collect_paper, paper_path, withdraw_paper
from lantai.catalogue.fonds.models import FondsPaper
from lantai.catalogue.fonds.printing import file_list_pdf, sheet_pdf
from lantai.core.actors import SYSTEM
from lantai.core.errors import Conflict, Forbidden, Invalid
from lantai.core.settings import home
from lantai.formats.api import extract_text
from lantai.institutions.api import Organisation, answers_for, person_actor
from lantai.institutions.tests.factories import a_person, an_agency
from lantai.ledger.api import Entry, sequence_pending
from lantai.records.tests.factories import archive, fonds, receiver
from lantai.vault.api import rebuild
from lantai.vault.papers import keep_papers

from .terminal import run
from .test_reform import merged

pytestmark = pytest.mark.django_db


@cache
def pdf(words="全宗指南"):
    return sheet_pdf(title=words, issuer="云州市档案馆", facts=[("全宗", "J001")])


def paper(words="全宗指南", group="1"):
    file = SimpleUploadedFile("材料.pdf", pdf(words))
    return add_paper(
        fonds=fonds(), group=group, file=file, described=Described(words, date(2024, 5, 1)), actor=receiver()
    )


@pytest.mark.requirement("S15")
def test_papers_are_numbered_in_their_group_and_a_number_never_comes_back():
    first, second, other = paper(), paper("大事记"), paper("接收记录", "2")
    assert [(row.group, row.number) for row in (first, second, other)] == [("1", 1), ("1", 2), ("2", 1)]
    assert first.page_count == 1
    assert paper_path(first).read_bytes() == pdf("全宗指南")
    withdraw_paper(paper=second, reason="重复", actor=receiver())
    with pytest.raises(Conflict, match="已经注销"):
        withdraw_paper(paper=second, reason="重复", actor=receiver())
    assert paper("第三份").number == 3
    acts = Entry.objects.filter(subject=f"fonds_paper:{second.id}").values_list("act", flat=True)
    assert set(acts) == {"catalogue.file_paper", "catalogue.withdraw_paper"}


def test_what_is_no_paper_is_refused_and_leaves_no_file():
    def hand_in(name, content, group="1", title="题名"):
        file = SimpleUploadedFile(name, content)
        return add_paper(fonds=fonds(), group=group, file=file, described=Described(title), actor=receiver())

    with pytest.raises(Invalid, match="不收这种文件"):
        hand_in("脚本.pdf", b"#!/bin/sh\nrm -rf /\n")
    with pytest.raises(Invalid, match="0 字节"):
        hand_in("空.pdf", b"")
    with pytest.raises(Invalid, match="没有这个类别"):
        hand_in("好.pdf", pdf(), group="9")
    with pytest.raises(Invalid, match="MiB"):
        hand_in("大.pdf", b"%PDF" + bytes(filing.MOST_BYTES))
    with pytest.raises(Invalid, match="题名"):
        hand_in("好.pdf", pdf(), title=" ")
    stranger = a_person("record_archivist", organisation=an_agency())
    with pytest.raises(Forbidden):
        add_paper(
            fonds=fonds(), group="1", file=SimpleUploadedFile("好.pdf", pdf()),
            described=Described("题名"), actor=person_actor(stranger),
        )  # fmt: skip
    assert not [path for path in (home() / "fonds-files").rglob("*") if path.is_file()]


def test_the_same_source_is_collected_once_and_printed_in_the_list():
    given = {"fonds_id": fonds().id, "kind": "guide", "source": "guide:1", "content": pdf()}
    first = collect_paper(**given, described=Described("馆藏指南"))
    assert collect_paper(**given, described=Described("馆藏指南")) == first
    paper("接收记录", "2")
    (home() / "list.pdf").write_bytes(file_list_pdf(fonds()))
    text = "".join(extract_text(home() / "list.pdf"))
    assert "J001-QZ-1-001" in text
    assert "接收记录" in text
    assert "新技术应用" in text


@pytest.mark.requirement("Z36")
@pytest.mark.django_db(transaction=True)
def test_a_fonds_file_and_a_reform_survive_the_database():
    from django.core.management import call_command

    kept = paper("保留下来的")
    reform = merged()
    sequence_pending()
    assert keep_papers() > 0
    paper_path(kept).unlink()
    call_command("flush", interactive=False, verbosity=0)
    rebuild("backup-far", SYSTEM)
    again = FondsPaper.objects.get(id=kept.id)
    assert (again.title, again.number, again.sha256) == (kept.title, kept.number, kept.sha256)
    assert paper_path(again).read_bytes() == pdf("保留下来的")
    assert reforming.Reform.objects.get(id=reform.id).result == reform.result
    heir = Organisation.objects.get(code="990100-009")
    assert len(answers_for(heir.id)) == 3


@pytest.mark.requirement("S15")
def test_people_find_add_and_strike_papers_on_the_page(client):
    person = a_person("receiving_archivist", organisation=archive())
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    address = f"/desk/catalogue/fonds/{fonds().id}/file/"
    assert "J001" in client.get("/desk/catalogue/fonds/").content.decode()
    assert "还没有材料" in client.get(address).content.decode()
    sent = {"title": "全宗指南", "group": "1", "made_on": "2024-05-01"}
    answer = client.post(address, {**sent, "file": SimpleUploadedFile("a.pdf", b"not a pdf")})
    assert answer.status_code == 422
    assert "不收这种文件" in answer.content.decode()
    assert client.post(address, {**sent, "file": SimpleUploadedFile("a.pdf", pdf())}).status_code == 302
    assert "J001-QZ-1-001" in client.get(address).content.decode()
    made = FondsPaper.objects.get()
    shown = client.get(f"/desk/catalogue/papers/{made.id}/")
    assert shown["Content-Type"] == "application/pdf"
    assert shown.getvalue() == pdf()
    assert client.get(f"{address}list.pdf").content[:4] == b"%PDF"
    assert client.post(f"/desk/catalogue/papers/{made.id}/withdraw/", {"reason": "重复"}).status_code == 302
    assert "已注销：重复" in client.get(address).content.decode()
    listed = client.get(f"/api/v1/fonds/{fonds().id}/file").json()["items"]
    assert [(row["number"], row["withdrawn_for"]) for row in listed] == [("J001-QZ-1-001", "重复")]
    added = client.post(
        f"/api/v1/fonds/{fonds().id}/file", {**sent, "group": "7", "file": SimpleUploadedFile("b.pdf", pdf())}
    )
    assert added.status_code == 201, added.content
    assert added.json()["number"] == "J001-QZ-7-001"
    assert client.get("/api/v1/fonds").json()["items"][0]["code"] == "J001"


def test_the_command_adds_and_lists(tmp_path):
    fonds()
    (tmp_path / "说明.pdf").write_bytes(pdf())
    told = run("fonds-file", "J001", "--add", tmp_path / "说明.pdf", "--group", "3")
    assert told["papers"][0]["number"] == "J001-QZ-3-001"

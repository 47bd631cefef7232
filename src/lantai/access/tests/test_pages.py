"""What a member of the public sees, asked for through the real front door."""

import io
import json
from datetime import UTC, datetime

import pytest
from django.core.cache import cache
from django.http import QueryDict
from django.urls import reverse
from PIL import Image

from lantai.access.finding import Asked, answer
from lantai.access.pages import LONG_SIDE_PX, page_jpeg
from lantai.core.actors import ANONYMOUS
from lantai.core.errors import NotFound
from lantai.formats.api import HttpExchange, write_warc
from lantai.institutions.tests.factories import a_person, a_supervisor
from lantai.ledger.api import Entry, sequence_pending
from lantai.records.api import document_path
from lantai.records.tests.factories import archive
from lantai.search.api import index_records
from lantai.vault.tests.factories import document, page_images

from .factories import WORD, a_pdf, a_tiff, a_word_file, held

pytestmark = pytest.mark.django_db


def page_of(record, more=""):
    return f"/records/{record.id}{more}"


def text(response):
    return response.content.decode()


@pytest.mark.requirement("S28")
def test_an_open_record_is_read_without_logging_in(client):
    record = held(title="关于成立围垦工程指挥部的通知")
    answer = client.get(page_of(record))
    assert answer.status_code == 200
    assert record.title in text(answer)
    assert f"/records/{record.id}/documents/{record.documents.get().id}" in text(answer)


@pytest.mark.parametrize("more", ["", "/genuine"])
def test_a_record_nobody_decided_on_does_not_exist_for_the_public(client, more):
    record = held(mark="unreviewed", title="没有人看过的一件")
    answer = client.get(page_of(record, more))
    assert answer.status_code == 404
    assert record.title not in text(answer)
    missing = client.get(f"/records/01999999-0000-7000-8000-000000000000{more}")
    assert [
        line for line in text(answer).splitlines() if "csrf" not in line and str(record.id) not in line
    ] == [line for line in text(missing).splitlines() if "csrf" not in line and "01999999" not in line]


@pytest.mark.parametrize("mark", ["postponed", "controlled"])
def test_a_record_kept_back_says_what_can_be_done_and_nothing_of_its_content(client, mark):
    record = held(
        mark=mark, title="涉及个人的一件", reference_code="J001-WS·1958-Y-0009", number_state="locked"
    )
    answer = client.get(page_of(record))
    assert answer.status_code == 403
    assert "您可以" in text(answer)
    assert record.title not in text(answer)
    assert record.reference_code not in text(answer)
    assert client.get(page_of(record, f"/documents/{record.documents.get().id}")).status_code == 404
    assert client.get(page_of(record, "/genuine")).status_code == 404


def test_a_pdf_is_sent_in_ranges_to_be_read_and_not_to_be_kept(client):
    content = a_pdf(3)
    record = held(document(content, "正文.pdf"))
    address = page_of(record, f"/documents/{record.documents.get().id}")
    part = client.get(address, headers={"Range": "bytes=0-9"})
    assert (part.status_code, b"".join(part.streaming_content)) == (206, content[:10])
    assert part["Content-Disposition"].startswith("inline")
    assert "default-src 'none'" in part["Content-Security-Policy"]
    kept = client.get(address + "?save")
    assert kept.status_code == 403


def signed_in(client, role, organisation=None):
    person = a_person(role, organisation=organisation or archive())
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return person


def test_the_public_prints_a_clean_sheet_of_what_is_open(client):
    record = held(title="关于修堤的报告", date_text="19581103")
    assert page_of(record, "/print") in text(client.get(page_of(record)))
    sheet = text(client.get(page_of(record, "/print")))
    assert all(words in sheet for words in (record.title, "1958年11月3日", "正文.pdf"))
    assert "打印于" not in sheet
    assert not Entry.objects.filter(act="record.print").exists()


def test_a_sheet_of_what_is_not_open_names_who_printed_it_and_why(client):
    record = held(mark="unreviewed", title="没有开放的一件")
    assert client.get(page_of(record, "/print")).status_code == 404
    person = signed_in(client, "preservation_archivist")
    asked = client.get(page_of(record, "/print"))
    assert "用途" in text(asked)
    assert "正文.pdf" not in text(asked)
    assert client.post(page_of(record, "/print"), {"reason": " "}).status_code == 422
    assert not Entry.objects.filter(act="record.print").exists()
    sheet = text(client.post(page_of(record, "/print"), {"reason": "为陈某办理工龄认定"}))
    assert all(words in sheet for words in ("正文.pdf", person.full_name, "为陈某办理工龄认定"))
    entry = Entry.objects.get(act="record.print")
    assert (entry.actor, entry.subject) == (str(person.id), f"record:{record.id}")


def test_without_the_right_to_print_there_is_no_button_and_no_sheet(client):
    record = held(mark="unreviewed")
    signed_in(client, "supervisor", a_supervisor(region=archive().region))
    for page in (page_of(record), f"/desk/records/{record.id}/"):
        answer = client.get(page)
        assert answer.status_code == 200
        assert page_of(record, "/print") not in text(answer)
    assert client.get(page_of(record, "/print")).status_code == 403
    assert client.post(page_of(record, "/print"), {"reason": "查对"}).status_code == 403
    assert not Entry.objects.filter(act="record.print").exists()


def test_staff_get_from_a_hit_to_the_record_on_their_desk_and_the_public_is_shown_no_such_door(client):
    record = held()
    door = reverse("records:record", args=[record.id])
    assert door not in text(client.get(page_of(record)))
    signed_in(client, "receiving_archivist", record.custodian)
    assert door in text(client.get(page_of(record)))
    assert client.get(door).status_code == 200


def test_a_document_of_another_record_is_not_found(client):
    one, other = held(), held()
    assert client.get(page_of(one, f"/documents/{other.documents.get().id}")).status_code == 404


def test_page_images_are_drawn_one_by_one(client):
    record = held(page_images(a_tiff(10), a_tiff(250)))
    address = page_of(record, f"/documents/{record.documents.get().id}")
    drawn = client.get(address + "?page=2")
    with Image.open(io.BytesIO(b"".join(drawn.streaming_content))) as image:
        assert (image.format, image.size) == ("JPEG", (60, 90))
        assert image.getpixel((5, 5)) > 240
    assert client.get(address + "?page=3").status_code == 404
    assert client.get(address + "?page=0").status_code == 404
    assert "第 2 页，共 2 页" in text(client.get(page_of(record, "?page=2")))


def test_what_a_browser_cannot_draw_is_told_in_its_words(client):
    content = a_word_file("坚持应归尽归。")
    record = held(document(content, "正文.docx", media_type=WORD, puid="fmt/412", format_name="Word"))
    assert "坚持应归尽归。" in text(client.get(page_of(record)))
    assert client.get(page_of(record, f"/documents/{record.documents.get().id}")).status_code == 403


@pytest.mark.requirement("S18")
def test_a_captured_page_is_read_as_it_was_where_it_is_open_and_nowhere_else(client):
    exchange = HttpExchange(
        "http://gov.example/", "HTTP/1.1 200 OK", (("Content-Type", "text/html; charset=utf-8"),),
        io.BytesIO("<p>防汛公告</p>".encode()), datetime(2026, 6, 2, tzinfo=UTC),
    )  # fmt: skip
    output = io.BytesIO()
    write_warc(output, [exchange], filename="公告.warc.gz", description={})
    archive_file = document(output.getvalue(), "公告.warc.gz", media_type="application/warc")
    record = held(archive_file)
    link = f"/records/{record.id}/replay/"
    assert link in text(client.get(page_of(record)))
    assert "http://gov.example/" in text(client.get(link))
    closed = held(
        document(output.getvalue(), "公告.warc.gz", media_type="application/warc"), mark="controlled"
    )
    assert "/replay/" not in text(client.get(page_of(closed)))
    assert client.get(f"/records/{closed.id}/replay/").status_code in {403, 404}


@pytest.mark.requirement("Z36")
def test_unchanged_is_said_only_after_reading_the_bytes_again(client):
    record = held()
    whole = text(client.get(page_of(record, "/genuine")))
    assert "未被改动。" in whole
    assert "3 份副本，最近一次校验 3 份完好" in whole
    path = document_path(record.documents.get())
    content = bytearray(path.read_bytes())
    content[20] ^= 1
    path.chmod(0o644)
    path.write_bytes(content)
    changed = text(client.get(page_of(record, "/genuine")))
    assert "未被改动。" not in changed
    assert "与归档时不一致" in changed


def test_the_proof_is_taken_away_and_holds_without_the_record(client):
    record = held()
    sequence_pending()
    page = client.get(page_of(record, "/genuine"))
    step = page.context["looked"].steps[-1]
    proof = client.get(page_of(record, f"/genuine/{step.entry_id}.json"))
    assert proof["Content-Disposition"].startswith("attachment")

    def check(content):
        file = io.BytesIO(content)
        file.name = "证明.json"
        return client.post("/verify", {"proof": file})

    assert "这份证明成立。" in text(check(proof.content))
    data = json.loads(proof.content)
    data["leaf"]["actor"] = "somebody else"
    assert "这份证明不成立。" in text(check(json.dumps(data).encode()))
    assert check(b"not a proof").status_code == 422
    assert check(b"").status_code == 422
    assert client.post("/verify").status_code == 422


def test_a_proof_is_given_only_with_its_own_record(client):
    one, other = held(), held()
    sequence_pending()
    step = client.get(page_of(other, "/genuine")).context["looked"].steps[0]
    own = {step.entry_id for step in client.get(page_of(one, "/genuine")).context["looked"].steps}
    assert step.entry_id not in own
    assert client.get(page_of(one, f"/genuine/{step.entry_id}.json")).status_code == 404


@pytest.mark.requirement("S28")
def test_search_marks_the_words_and_hides_what_is_not_open(client):
    opened = held(title="关于成立围垦工程指挥部的通知")
    hidden = held(title="围垦工程民工名册", mark="unreviewed")
    index_records([opened.id, hidden.id])
    found = text(client.get("/search", {"q": "围垦工程"}))
    assert "<mark>围垦工程</mark>" in found
    assert str(opened.id) in found
    assert str(hidden.id) not in found
    assert "查到 <strong>1</strong> 件" in found


def test_search_says_what_it_did_not_find_and_what_to_do(client):
    index_records([held().id])
    assert "没有查到“海底隧道”" in text(client.get("/search", {"q": "海底隧道"}))


def test_search_tells_why_a_question_cannot_be_answered(client):
    answer = client.get("/search", {"q": "水" * 5000})
    assert answer.status_code == 200
    assert 'role="alert"' in text(answer)


def test_years_narrow_the_question_in_either_order():
    asked = Asked.of(QueryDict("q=%E5%9B%B4%E5%9E%A6&from=1965&to=1955&fonds=x&sort=nonsense"))
    assert asked.question == "围垦 1955..1965"
    assert asked.sort == "relevance"
    assert asked.chosen == {"fonds": ("x",)}
    assert Asked.of(QueryDict("q=&from=abcd")).is_empty


def test_a_long_span_of_years_is_drawn_in_steps_wide_enough_to_see():
    for year in (1949, 1950, 2024):
        index_records([held(year=year, date_text=str(year)).id])
    chart = answer(Asked.of(QueryDict("from=1949&to=2024")), ANONYMOUS)["chart"]
    assert chart.bars[0].label == "1945–1949"
    assert sum(bar.value for bar in chart.bars) == 3
    assert len(chart.bars) <= 32


@pytest.mark.parametrize("number", ["²", "٣", "9" * 5000, "-1", "1.5", "x"])
def test_a_number_that_is_none_is_not_an_error_of_the_platform(client, number):
    record = held(page_images(a_tiff(10), a_tiff(250)))
    address = page_of(record, f"/documents/{record.documents.get().id}")
    assert client.get("/search", {"q": "围垦", "from": number, "to": number}).status_code == 200
    assert client.get("/search", {"q": "围垦", "after": number}).status_code == 200
    assert client.get(page_of(record), {"page": number}).status_code == 200
    assert client.get(address, {"page": number}).status_code == 404


@pytest.mark.parametrize("content", [b"[" * 400_000, b'{"a":' * 150_000, b"\xff", b"{}"])
def test_a_file_that_is_no_proof_is_said_to_be_none(client, content):
    file = io.BytesIO(content)
    file.name = "证明.json"
    answer = client.post("/verify", {"proof": file})
    assert answer.status_code == 422
    assert "不是一份完整的存证证明" in text(answer)


def test_no_page_is_decoded_in_the_process_that_answers(tmp_path, monkeypatch):
    Image.new("L", (3000, 5000), 200).save(tmp_path / "a.tif")
    monkeypatch.setattr("PIL.Image.Image.convert", lambda *_args: pytest.fail("decoded here"))
    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", lambda *_args: pytest.fail("decoded here"))
    drawn = page_jpeg(tmp_path / "a.tif", 1)
    monkeypatch.undo()
    with Image.open(io.BytesIO(drawn)) as image:
        assert (image.format, max(image.size)) == ("JPEG", LONG_SIDE_PX)
    with pytest.raises(NotFound):
        page_jpeg(tmp_path / "a.tif", 2)


def test_costly_views_are_rationed_by_address(client, monkeypatch):
    cache.clear()
    monkeypatch.setenv("LANTAI_COSTLY_VIEWS_PER_MINUTE", "10")
    address = f"/records/{held().id}/genuine"
    answers = [client.get(address, REMOTE_ADDR="203.0.113.7").status_code for _turn in range(2)]
    assert answers == [200, 429]
    assert client.get(address, REMOTE_ADDR="203.0.113.8").status_code == 200
    cache.clear()

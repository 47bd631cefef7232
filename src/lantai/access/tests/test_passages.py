"""A reader who comes from the search box is shown the page and the place on it."""

import io

import pytest
from PIL import Image

from lantai.core.events import deliver_pending
from lantai.formats.tests.samples import typeset
from lantai.formats.tests.test_alto import ALTO
from lantai.search.engines import engine
from lantai.vault.tests.factories import document, page_images

from . import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_index():
    engine.cache_clear()
    yield
    engine.cache_clear()


def scan():
    out = io.BytesIO()
    Image.new("L", (60, 90), 220).save(out, "TIFF")
    return out.getvalue()


@pytest.mark.requirement("S28")
def test_a_word_on_a_scan_is_found_and_marked_where_it_stands(client):
    alto = ALTO.format(namespace="", number="").encode()
    record = make.held(
        page_images(scan(), scan()),
        document(alto, "0002.alto.xml", role="attachment", media_type="text/xml"),
        title="防汛日志",
    )
    while deliver_pending("search.index"):
        pass
    listed = client.get("/search?q=围垦工程").content.decode()
    assert f"/records/{record.id}?q=" in listed
    assert "第 2 页" in listed
    page = client.get(f"/records/{record.id}?q=围垦工程").content.decode()
    assert "page=2&amp;q=" in page
    shown = client.get(f"/records/{record.id}?q=围垦工程&page=2").content.decode()
    assert '<rect x="300" y="100" width="200" height="50"/>' in shown
    assert '<rect x="100" y="200" width="200" height="50"/>' in shown
    assert '<rect x="100" y="100"' not in shown
    assert "<rect" not in client.get(f"/records/{record.id}?page=2").content.decode()


def test_a_word_in_a_document_leads_to_its_page(client):
    record = make.held(document(make.a_word_file("前言", "海塘修复工程经费"), "正文.docx"), title="报告")
    page = client.get(f"/records/{record.id}?q=海塘").content.decode()
    assert "“海塘”在文中" in page
    assert "<mark>海塘</mark>" in page
    assert "在文中" not in client.get(f"/records/{record.id}?q=盐场").content.decode()
    assert client.get(f"/records/{record.id}?q=年:去年").status_code == 200


@pytest.mark.requirement("S28")
def test_a_result_names_the_page_in_its_own_document(client):
    first = document(make.a_word_file("前言", "目次"), "正文.docx")
    record = make.held(first, document(make.a_word_file("海塘修复工程经费"), "附件.docx", role="attachment"))
    while deliver_pending("search.index"):
        pass
    (hit,) = client.get("/api/v1/search?q=修复工程经费").json()["hits"]
    assert (hit["record_id"], hit["page"]) == (str(record.id), 1)


@pytest.mark.requirement("S28")
def test_a_word_in_a_pdf_opens_its_page_drawn_with_the_place_marked(client, tmp_path):
    path = typeset(tmp_path / "a.pdf", "前言 #pagebreak() 海塘修复工程经费 #pagebreak() 附：海塘图")
    record = make.held(document(path.read_bytes(), "正文.pdf", media_type="application/pdf"), title="报告")
    page = client.get(f"/records/{record.id}?q=海塘").content.decode()
    drawn = f"/records/{record.id}/documents/{record.documents.get().id}?page=2"
    assert f'<img src="{drawn}"' in page
    assert page.count("<rect") == 1
    image = client.get(drawn)
    assert (image["Content-Type"], b"".join(image)[:3]) == ("image/jpeg", b"\xff\xd8\xff")
    assert "page=3&amp;q=" in page
    third = client.get(f"/records/{record.id}?q=海塘&page=3").content.decode()
    assert 'page=3"' in third
    assert third.count("<rect") == 1
    assert "<iframe" in client.get(f"/records/{record.id}?q=海塘&page=1").content.decode()
    assert "<iframe" in client.get(f"/records/{record.id}?q=盐场").content.decode()
    assert client.get(drawn.replace("page=2", "page=9")).status_code == 404

"""Records that describe themselves, from their package to what their page shows."""

import csv

import pytest
from django.urls import reverse

from lantai.capture.exhibits import rows as rows_of_tables
from lantai.capture.exhibits.rows import STRIDE, Rows
from lantai.packages.tests import described_samples as samples
from lantai.records.api import Document, Record
from lantai.records.tests import factories as records

from . import factories as make
from .test_pages import enter

pytestmark = pytest.mark.django_db


@pytest.fixture
def work(tmp_path):
    (tmp_path / "work").mkdir()
    return tmp_path / "work"


def captured(folder, category):
    make.agency()
    records.scheme(template="dat22.item", category=category, name=category, year_from=2000)
    submission = make.processed(folder)
    items = list(submission.items.values_list("findings", flat=True))
    assert submission.state == "accepted", (submission.counts, items)
    return Record.objects.get()


def shown(client, record):
    enter(client, "record_archivist")
    answer = client.get(reverse("capture:exhibit", args=[record.id]))
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.requirement("S5", "Z58", "DA/T 54-2014")
def test_persons_are_drawn_over_the_picture_and_its_viewing_copy_is_made(client, tmp_path, work):
    record = captured(samples.photo_group(tmp_path / "包" / "0001", work), "ZP")
    page = shown(client, record)
    assert '<rect x="10.0" y="20.0" width="15.0" height="40.0"' in page
    assert "陈墨" in page
    picture = Document.objects.get(original_name="IMG_0001.jpg")
    copy = client.get(reverse("capture:viewing", args=[record.id, picture.id]))
    assert b"".join(copy.streaming_content).startswith(b"\xff\xd8")
    copy.close()
    assert copy["Content-Type"] == "image/jpeg"


@pytest.mark.requirement("Z58", "DA/T 63-2017")
def test_a_recording_is_played_with_its_clips(client, tmp_path, work):
    record = captured(samples.recording(tmp_path / "包" / "0001", work), "LX")
    page = shown(client, record)
    assert "<audio controls" in page
    assert 'data-begin="1.0" data-end="2.0"' in page
    sound = Document.objects.get(original_name="speech.wav")
    part = client.get(
        reverse("records:document", args=[record.id, sound.id]), headers={"Range": "bytes=0-99"}
    )
    assert (part.status_code, len(b"".join(part.streaming_content))) == (206, 100)
    part.close()


@pytest.mark.requirement("Z58", "DA/T 94-2022")
def test_vouchers_show_their_entries_and_invoices(client, tmp_path, work):
    page = shown(client, captured(samples.accounts(tmp_path / "包" / "0001", work), "KU"))
    for expected in ("记字第 12 号", "银行存款", "26332000000012345678"):
        assert expected in page


@pytest.mark.requirement("Z58", "DA/T 85-2019")
def test_a_matter_shows_its_steps_and_keeps_them_as_metadata(client, tmp_path, work):
    record = captured(samples.matter(tmp_path / "包" / "0001", work), "ZY")
    assert record.metadata["M81"] == "送达"
    assert "审查 2026-06-02 11:00" in record.metadata["M84"]
    page = shown(client, record)
    for expected in ("东屿砂石有限公司", "送达", "准予许可"):
        assert expected in page


@pytest.mark.requirement("Z58", "DA/T 57-2014")
def test_a_table_is_looked_through_page_by_page(client, tmp_path, work):
    text = "id,name\n" + "".join(f"{number},水库{number}\n" for number in range(1, 121))
    record = captured(samples.table(tmp_path / "包" / "0001", work, text, rows="120"), "SJ")
    assert "水利业务平台" in shown(client, record)
    data = Document.objects.get(original_name="reservoirs.csv")
    address = reverse("capture:rows", args=[record.id, data.id])
    first = client.get(address).content.decode()
    assert "水库50" in first
    assert "水库51" not in first
    assert "from=51" in first
    assert "水库101" in client.get(address, {"from": 101}).content.decode()
    found = client.get(address, {"column": "name", "find": "库77"}).content.decode()
    assert "水库77" in found
    assert "水库78" not in found


def test_rows_are_found_by_number_across_breaks_within_values(tmp_path):
    path = tmp_path / "数据.csv"
    made = [[str(number), 'a"b\nc' if number % 3 else "水"] for number in range(1, 3 * STRIDE + 8)]
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([["id", "text"], *made])
    rows = Rows(path, "digest")
    assert len(rows) == len(made)
    for first in (1, STRIDE, STRIDE + 1, 3 * STRIDE + 1):
        page = rows.page(first, 5)
        assert page.rows == list(enumerate(made[first - 1 : first + 4], first))
    assert Rows(path, "digest").page(len(made), 5).following is None
    assert rows.page(len(made) + 1, 5).rows == []


def test_a_long_search_stops_and_says_where_to_go_on(tmp_path, monkeypatch):
    monkeypatch.setattr(rows_of_tables, "LOOKED_THROUGH", 20)
    path = tmp_path / "数据.csv"
    path.write_text("id\n" + "".join(f"{number}\n" for number in range(1, 51)), encoding="utf-8")
    rows = Rows(path, "other")
    assert rows.search(0, "49", 1, 5).following == 21
    assert rows.search(0, "49", 41, 5).rows == [(49, ["49"])]

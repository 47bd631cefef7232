"""Pages are captured by a job, filed, and replayed from the archive when their site is gone."""

import pytest
from django.test import TestCase

from lantai.capture.channels.crawling import Bounds, Crawl
from lantai.capture.channels.web import CAPTURE_WEB, Post, start_capture
from lantai.capture.models import Submission
from lantai.core.errors import Invalid, Unavailable
from lantai.core.jobs import run_inline
from lantai.formats.api import iter_warc, survey_warcs
from lantai.records.api import Document, Record, document_path
from lantai.records.tests import factories as records

from . import factories as make
from .sites import picture, site
from .test_pages import enter

pytestmark = pytest.mark.django_db


@pytest.fixture
def gone(monkeypatch):
    """The address of a site that is there while it is captured."""
    with site() as address:
        monkeypatch.setenv("LANTAI_OUTBOUND_ALLOWED", address.removeprefix("http://"))
        make.agency()
        records.scheme(fonds=records.fonds(), category="WY", year_from=1998)
        records.scheme(fonds=records.fonds(), category="MT", year_from=1998)
        yield address


def captured(address, bounds=None, post=None):
    """The submission of one capture, through to its end."""
    described = {"M12": "Y", "M38": "公开", **(post.described() if post else {})}
    described |= {"门类": "MT"} if post else {}
    asked = {
        "seeds": [address],
        "bounds": {"depth": 1, **(bounds or {})},
        "described": described,
        "agency_id": str(make.agency().id),
        "department_id": "",
        "name": "",
    }
    with TestCase.captureOnCommitCallbacks():
        run_inline(CAPTURE_WEB, make.clerk(), progress=False, **asked)
    return make.run_process(Submission.objects.get())


@pytest.mark.requirement("S18")
def test_a_captured_site_becomes_one_record_in_a_standard_archive(gone):
    submission = captured(f"{gone}/")

    assert submission.state == "accepted", (submission.counts, [i.findings for i in submission.items.all()])
    record = Record.objects.get()
    assert record.title == "云州市人民政府公告"
    assert record.scheme.category == "WY"
    assert record.metadata["网址"] == f"{gone}/"
    archive = document_path(Document.objects.get())
    types = [found.type for found in iter_warc(archive)]
    assert {"warcinfo", "response", "request", "metadata"} == set(types)
    (facts,) = survey_warcs([archive])
    assert not facts.faults
    assert not facts.problem
    assert facts.page_count == 2


def test_requisites_links_and_redirects_are_taken_and_nothing_forbidden(gone):
    crawl = Crawl([f"{gone}/"], Bounds(depth=1))
    taken = [exchange.uri.removeprefix(gone) for exchange in crawl.exchanges()]
    assert taken[0] == "/"
    assert set(taken) >= {
        "/style/main.css", "/style/more.css", "/pictures/one.png", "/pictures/two.png",
        "/pictures/three.png", "/second?b=2&a=1", "/moved",
    }  # fmt: skip
    assert any("elsewhere.example" in uri for uri, _reason in crawl.missed)
    forbidden = Crawl([f"{gone}/private"], Bounds())
    assert list(forbidden.exchanges()) == []
    assert forbidden.missed[0][1].startswith("robots.txt")
    assert len(list(Crawl([f"{gone}/private"], Bounds(heed_robots=False)).exchanges())) == 1


def test_a_bound_ends_a_capture_and_says_so(gone):
    crawl = Crawl([f"{gone}/"], Bounds(depth=1, files=2))
    assert len(list(crawl.exchanges())) == 2
    assert "上限" in crawl.stopped


def test_what_lies_inside_is_not_captured(gone, monkeypatch):
    monkeypatch.setenv("LANTAI_OUTBOUND_ALLOWED", "")
    values = {"bounds": Bounds(), "described": {}, "agency": make.agency(), "actor": make.clerk()}
    with pytest.raises(Invalid):
        start_capture(seeds=[f"{gone}/"], **values)
    with pytest.raises(Unavailable):
        captured(f"{gone}/")
    assert not Submission.objects.exists()


def test_a_post_is_filed_with_its_platform_account_and_author(gone):
    post = Post("微信公众号", "云州发布", "yunzhoufabu", "宣传部", "2026-06-02 09:30")
    submission = captured(f"{gone}/", {"depth": 0}, post)
    assert submission.state == "accepted", [i.findings for i in submission.items.all()]
    record = Record.objects.get()
    assert record.scheme.category == "MT"
    assert record.responsible == "宣传部"
    assert (record.metadata["发布平台"], record.metadata["发布账号"]) == ("微信公众号", "云州发布")


def test_a_replayed_page_leads_nowhere_but_into_the_archive(gone, client):
    captured(f"{gone}/")
    prefix = f"/records/{Record.objects.get().id}/replay/"
    enter(client, "record_archivist")
    shell = client.get(prefix)
    assert shell.status_code == 200
    frame = shell.context["frame"]
    page = client.get(frame)
    text = page.content.decode()
    assert "script" not in text
    assert "onload" not in text
    assert "elsewhere.example" not in text.replace(f"{prefix}", "").replace("/http://elsewhere.example", "")
    assert f"{prefix}{frame.split('/')[4]}/{gone}/pictures/one.png" in text
    assert "sandbox" in page["Content-Security-Policy"]
    assert "default-src 'none'" in page["Content-Security-Policy"]
    stamp = frame.split("/")[4]
    image = client.get(f"{prefix}{stamp}/{gone}/pictures/two.png")
    assert (image["Content-Type"], image.content) == ("image/png", picture("green"))
    moved = client.get(f"{prefix}{stamp}/{gone}/moved")
    assert moved.status_code == 302
    second = client.get(moved["Location"]).content.decode()
    assert "第二页正文" in second
    assert f"{gone}/pictures/one.png" in second
    lost = client.get(f"{prefix}{stamp}/{gone}/lost")
    assert lost.status_code == 404
    assert client.get(f"{prefix}{stamp}/{gone}/none").status_code == 404
    assert "没有采集到" in client.get(f"{prefix}{stamp}/http://other.example/").content.decode()

"""The Python client on a served platform: finds, reads, describes, imports, and its README is true."""

from __future__ import annotations

import re
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pikepdf
import pytest

from lantai.catalogue.tests.tables import csv_file, row

from .test_office_system import ROOT, platform
from .weather import BadNetwork

sys.path += [str(ROOT / "clients/python/src")]
from lantai_client import Changed, Lantai, Refused, Unreachable

pytestmark = [pytest.mark.services, pytest.mark.timeout(400), pytest.mark.requirement("S28")]
__all__ = ["platform"]
ROWS = 130


@pytest.fixture(scope="module")
def client(platform):
    return Lantai(f"http://127.0.0.1:{platform['port']}", platform["archivist_key"], patience_s=60)


@pytest.fixture(scope="module")
def imported(client, tmp_path_factory):
    """A table handed in, tried, imported, one row left out."""
    folder = tmp_path_factory.mktemp("table")
    rows = [row(number) for number in range(1, ROWS + 1)] + [row(ROWS + 1, 保管期限="三百年")]
    table = client.hand_in(csv_file(folder, rows), fonds="J001", title="2012 年目录")
    table = client.wait_import(client.check_import(table))
    problems = list(client.problems(table.id))
    assert [(problem.row, problem.stops) for problem in problems] == [(ROWS + 2, True)]
    assert client.corrected(table.id)[:2] == b"PK"
    with pytest.raises(Refused) as refused:
        client.load_import(table)
    assert refused.value.remedy
    return client.wait_import(client.load_import(table, accept=True))


def test_a_table_is_imported_and_every_record_walked(client, imported):
    assert (imported.state, imported.counts["loaded"]["created"]) == ("done", ROWS)
    assert imported.id in set(client.imports())
    records = list(client.records(year=2012))
    assert len({record.id for record in records}) == len(records) == ROWS


def test_a_search_is_walked_to_its_end_and_counted(client, imported):
    found = list(_once_indexed(client, "工程立项"))
    assert len({each.record for each in found}) == ROWS == client.count("工程立项")
    assert client.count("“第7项工程”") == 1
    assert all("工程立项" in each.title for each in found)
    assert client.count("工程 AND 立项", opening_mark="unreviewed") == ROWS
    survey = client.survey("工程立项", year="2012")
    assert (survey.total, sum(survey.facets["fonds"].values())) == (ROWS, ROWS)
    assert client.survey("工程力项").did_you_mean == "工程立项"


def test_what_did_not_change_is_not_sent_again(client, imported, monkeypatch):
    statuses = []
    once = client._http.once
    monkeypatch.setattr(client._http, "once", lambda *given: _noted(statuses, once(*given)))
    first = next(client.records())
    assert client.record(first.id).title == client.record(first.id).title == first.title
    assert statuses[-1] == 304


def test_nobody_overwrites_what_somebody_else_wrote(client, imported):
    record = next(client.records())
    seen = client.description("item", record.id)
    assert client.describe(seen, {"附注": "底片在三号库"}).values["附注"] == "底片在三号库"
    with pytest.raises(Changed) as changed:
        client.describe(seen, {"附注": "底片在四号库"})
    assert changed.value.remedy
    assert client.description("item", record.id).values["附注"] == "底片在三号库"


def test_everything_is_read_through_a_network_that_drops(platform, imported):
    network = BadNetwork(platform["port"], seed=3, share=0.5, most_bytes=20_000)
    client = Lantai(network.url, platform["archivist_key"], timeout_s=20, patience_s=60)
    assert len(list(client.records(year=2012))) == ROWS
    described = client.describe(client.description("item", next(client.records()).id), {"附注": "雨夜"})
    assert described.values["附注"] == "雨夜"
    network.close()
    assert network.cuts


def test_a_busy_platform_is_asked_again_after_the_pause_it_names():
    with _Busy([(429, "1"), (503, "1")]) as busy:
        client = Lantai(busy.url, "ltk_x", patience_s=30)
        assert client.suggest("围") == ["围垦"]
    assert busy.asked == 3


def test_what_may_have_been_done_is_not_done_again(tmp_path):
    with _Busy([(502, "1")]) as busy, pytest.raises(Refused):
        Lantai(busy.url, "ltk_x", patience_s=5).hand_in(csv_file(tmp_path, [row(1)]), fonds="J001")
    assert busy.asked == 1
    with pytest.raises(Unreachable):
        Lantai(busy.url, "ltk_x", patience_s=1).suggest("围")


def test_the_readme_is_true(client, imported, tmp_path, monkeypatch):
    readme = (ROOT / "clients/python/README.md").read_text(encoding="utf-8")
    first, *examples = re.findall(r"```python\n(.*?)```", readme, re.DOTALL)
    assert "Lantai(" in first
    monkeypatch.chdir(tmp_path)
    csv_file(tmp_path, [row(number) for number in range(301, 304)])
    with pikepdf.new() as body:
        body.add_blank_page()
        body.save("正文.pdf")
    names = {"lantai": client}
    for example in examples:
        exec(compile(example, "README.md", "exec"), names)  # noqa: S102 - our own page
    assert (names["table"].state, names["result"].finished) == ("done", True)


def _once_indexed(client, query):
    """The index follows within seconds."""
    ends_at = time.monotonic() + 60
    while client.count(query) < ROWS and time.monotonic() < ends_at:
        time.sleep(0.3)
    return client.search(query, page_size=50)


def _noted(statuses, answer):
    statuses.append(answer.status)
    return answer


class _Busy:
    """A platform that refuses some calls before it answers."""

    def __init__(self, refusals):
        self.asked, outer = 0, self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                outer.asked += 1
                status, pause = refusals.pop(0) if refusals else (200, "")
                body = '{"suggestions": ["围垦"]}'.encode()
                self.send_response(status)
                if pause:
                    self.send_header("Retry-After", pause)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_POST(self):
                self.rfile.read(int(self.headers["Content-Length"]))
                self.do_GET()

            def log_message(self, *_given):
                """Says nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_given):
        self._server.shutdown()
        self._server.server_close()

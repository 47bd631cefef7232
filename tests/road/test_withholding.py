"""A withdrawn record is gone from every answer within ten seconds, however busy the index is.

With a real worker process beside this one, on either engine, and a clock.
"""

import csv
import fcntl
import io
import os
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.utils import timezone

from lantai.access.tests.factories import a_word_file, held
from lantai.core.actors import ANONYMOUS, Actor
from lantai.core.events import deliver_pending
from lantai.institutions.tests.factories import a_person, an_agency
from lantai.opening.api import open_records, withdraw
from lantai.opening.tests.factories import reviewer
from lantai.search import saving
from lantai.search.engines import engine
from lantai.search.models import SavedSearch, Withheld
from lantai.search.services import search, suggest
from lantai.search.tests.sites import EITHER, embedded, use
from lantai.search.withholding import CONSUMER, INDEX, keep_withholding
from lantai.vault.tests.factories import document

WITHIN_S = 10.0
TITLE, WORDS = "关于蒋玉兰同志任职的通知", "海塘修复工程经费"


@pytest.fixture(params=EITHER)
def kept(request, tmp_path, monkeypatch):
    cache.clear()
    yield from use(request.param, tmp_path, monkeypatch)


def opened(title=TITLE):
    record = held(document(a_word_file(WORDS), "正文.docx"), title=title, mark="unreviewed", responsible="")
    (decision,) = open_records([record.id], "term", "", reviewer())
    return record, decision


def somebody():
    person = a_person()
    return Actor(str(person.id), "林岚", frozenset({"record_archivist"}), an_agency().id, via="web")


@pytest.mark.django_db
@pytest.mark.requirement("S12")
def test_it_is_withheld_until_the_index_has_followed(tmp_path, monkeypatch):
    for _engine in use(embedded, tmp_path, monkeypatch):
        record, decision = opened()
        deliver_pending()
        keep_withholding()
        assert (search("任职", ANONYMOUS).total, Withheld.objects.count()) == (1, 0)
        withdraw(decision.id, "有个人住址", reviewer("审核员乙"))
        keep_withholding()
        assert [str(row.record_id) for row in Withheld.objects.all()] == [str(record.id)]
        assert search("任职", ANONYMOUS).total == 0
        deliver_pending(INDEX)
        assert search("任职", ANONYMOUS).total == 0
        keep_withholding()
        assert not Withheld.objects.exists()
        assert deliver_pending(CONSUMER) == 0


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
@pytest.mark.requirement("S12", "S28")
def test_a_withdrawn_record_is_gone_from_everything_within_seconds(kept, client):
    record, decision = opened()
    other, _decision = opened("关于王永山同志免职的通知")
    reader = somebody()
    kept_search = saving.save_search(query="同志", actor=reader)
    SavedSearch.objects.update(seen_at=timezone.now() - timedelta(hours=1))
    kept_search.refresh_from_db()
    looks = sights(client, record, kept_search, reader)
    with worker():
        until(looks, lambda seen: all(seen.values()), 60)
        with stuck():
            withdraw(decision.id, "有个人住址", reviewer("审核员乙"))
            began = time.monotonic()
            until(looks, lambda seen: not any(seen.values()), WITHIN_S)
            took_s = time.monotonic() - began
        print(f"gone after {took_s:.1f} s")  # noqa: T201 - shown with -rP
        until({"follows": lambda: not Withheld.objects.exists()}, lambda seen: seen["follows"], 60)
    assert not any(name for name, sees in looks.items() if sees())
    assert {hit.record_id for hit in search("同志", ANONYMOUS).hits} == {str(other.id)}


def sights(client, record, kept_search, reader):
    """Every way to learn of the record, each a function that says whether it still does."""
    sought, address = str(record.id), f"/records/{record.id}"

    def page(path):
        answer = client.get(path)
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        return answer.status_code, body.decode("utf-8", "replace")

    def table():
        return {row[-1] for row in csv.reader(io.StringIO(page("/search/results.csv?q=同志")[1]))}

    def api(query):
        return client.get(f"/api/v1/search?q={query}").json()

    return {
        "result": lambda: sought in {hit["record_id"] for hit in api("同志")["hits"]},
        "count": lambda: api("同志")["total"] == 2,
        "facet": lambda: sum(value["count"] for value in api("同志")["facets"]["fonds"]) == 2,
        "listed": lambda: address in page("/search?q=同志")[1],
        "suggestion": lambda: any("蒋玉兰" in text for text in suggest("蒋玉", ANONYMOUS)),
        "initials": lambda: any("蒋玉兰" in text for text in suggest("jyl", ANONYMOUS)),
        "correction": lambda: search("姜玉兰", ANONYMOUS).did_you_mean == "蒋玉兰",
        "alert": lambda: saving.news_of([kept_search], reader)[0].fresh == 2,
        "export": lambda: sought in table(),
        "snippet": lambda: sought in {hit["record_id"] for hit in api(WORDS)["hits"]},
        "passage": lambda: WORDS in page(f"{address}?q={WORDS}")[1],
    }


def until(looks, wanted, within_s):
    """Looks again and again until what is seen is as wanted."""
    deadline = time.monotonic() + within_s
    while not wanted(seen := {name: sees() for name, sees in looks.items()}):
        assert time.monotonic() < deadline, seen
        time.sleep(0.1)


@contextmanager
def worker():
    """A worker process on the database of this test."""
    at = settings.DATABASES["default"]["NAME"]
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "lantai.config.settings"}
    if connection.vendor == "sqlite":
        Path(os.environ["LANTAI_HOME"], "lantai.sqlite3").symlink_to(at)
    else:
        server, _slash, _name = environment["LANTAI_DATABASE_URL"].rpartition("/")
        environment["LANTAI_DATABASE_URL"] = f"{server}/{at}"
    process = subprocess.Popen([sys.executable, "-m", "lantai.config", "worker"], env=environment)
    try:
        yield
    finally:
        process.terminate()
        process.wait(timeout=60)


@contextmanager
def stuck():
    """The index takes nothing meanwhile: as in a rebuild, or behind a large import."""
    held = engine()
    if hasattr(held, "folder"):
        with (held.folder / "writer.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        return
    blocked = {"index.blocks.write": True}
    held._client.indices.put_settings(index=held.cluster.name, body=blocked)
    yield
    held._client.indices.put_settings(index=held.cluster.name, body=dict.fromkeys(blocked, False))

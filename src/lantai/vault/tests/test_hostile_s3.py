"""An S3 server that lies, babbles or never ends: every call ends soon, in words, and nothing leaves its place."""

import json
import threading
import time
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from xml.sax.saxutils import escape

import pytest

from lantai.core.errors import LantaiError, Unavailable
from lantai.core.settings import home
from lantai.vault.adapters.s3 import S3Store
from lantai.vault.found import find_object, inventory_at
from lantai.vault.stores import Placement, StoreFacts

PATH = "ab/cd/" + "ef" * 30
SOON_S = 10


class Server(ThreadingHTTPServer):
    """Answers each request by a function of its own: (method, path) → (status, headers, body or pieces)."""

    daemon_threads = True

    def __init__(self, answer):
        super().__init__(("127.0.0.1", 0), Handler)
        self.answer, self.asked = answer, []
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_words):
        pass

    def handle_one_request(self):
        try:
            super().handle_one_request()
        except OSError:
            self.close_connection = True

    def do_GET(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.asked.append((self.command, self.path))
        status, headers, body = self.server.answer(self.command, self.path)
        pieces = [body] if isinstance(body, bytes) else body
        self.send_response(status)
        told = {
            "Content-Type": "application/xml",
            "Last-Modified": "Sun, 01 Nov 2026 00:00:00 GMT",
            "ETag": '"e"',
        }
        if isinstance(body, bytes):
            told["Content-Length"] = str(len(body))
        for name, value in (told | headers).items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            for piece in pieces:
                self.wfile.write(piece)
        self.close_connection = "Content-Length" in headers

    do_PUT = do_HEAD = do_POST = do_DELETE = do_GET  # noqa: N815


def page(keys, *, more=""):
    rows = "".join(
        f"<Contents><Key>{escape(key)}</Key><LastModified>2026-11-01T00:00:00.000Z</LastModified>"
        f'<ETag>"e"</ETag><Size>1</Size><StorageClass>STANDARD</StorageClass></Contents>'
        for key in keys
    )
    token = f"<NextContinuationToken>{more}</NextContinuationToken>" if more else ""
    return (
        f"<?xml version='1.0' encoding='UTF-8'?><ListBucketResult><Name>b</Name><KeyCount>{len(keys)}</KeyCount>"
        f"<MaxKeys>1000</MaxKeys><IsTruncated>{'true' if more else 'false'}</IsTruncated>{token}{rows}</ListBucketResult>"
    ).encode()


@pytest.fixture
def bucket(tmp_path, monkeypatch):
    """A store at a server that answers as it is told; only ever a moment is waited for it."""
    monkeypatch.setenv("LANTAI_HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir()
    (home() / "keys.toml").write_text('access_key_id = "a"\nsecret_access_key = "s"\n')
    opened = []

    def open_bucket(answer):
        server = Server(answer)
        opened.append(server)
        options = {"credentials": "keys.toml", "timeout_s": 2, "retry_s": 1}
        location = f"http://127.0.0.1:{server.server_port}/b"
        return S3Store(
            StoreFacts("far", "远处", "s3", location, "异地", "对象存储", "backup", options=options)
        ), server

    yield open_bucket
    for server in opened:
        with closing(server.socket):
            server.shutdown()


def words_of(call, store):
    """What a call says when it cannot be done; ``None`` if it was."""
    try:
        call(store)
    except LantaiError as error:
        return error.message
    except OSError as error:
        return error.strerror or ""
    return None


def listing(*keys, **more):
    return lambda _method, _path: (200, {}, page(keys, **more))


CALLS = {
    "ready": lambda store: store.require_ready(),
    "objects": lambda store: list(store.object_paths()),
    "files": lambda store: list(store.object_files(PATH).paths()),
    "evidence": lambda store: store.get_evidence("heads/000000/1.json"),
    "evidence paths": lambda store: store.evidence_paths("segments/"),
    "find": lambda store: find_object(store, PATH),
    "inventory": lambda store: inventory_at(store, PATH),
    "size": lambda store: store.object_files(PATH).size_bytes("inventory.json"),
    "fetch": lambda store: store.object_files(PATH).local_path("v1/content/a.pdf"),
    "discard": lambda store: store.discard("b"),
    "take back": lambda store: store.take_back(Placement("s", PATH, 1, "0" * 128)),
}
ANSWERS = {
    "no XML": lambda _m, _p: (200, {}, b"<html>Welcome to nginx!</html>"),
    "nothing": lambda _m, _p: (200, {}, b""),
    "noise": lambda _m, _p: (200, {}, bytes(range(256)) * 40),
    "a bomb": lambda _m, _p: (
        200,
        {},
        b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "'
        + b"&a;" * 50
        + b'">]><ListBucketResult>'
        + b"&b;" * 9999,
    ),
    "shorter than told": lambda _m, _p: (200, {"Content-Length": "999999"}, b"half"),
    "longer than told": lambda _m, _p: (200, {"Content-Length": "4"}, page(["objects/x"]) * 9),
    "a length below nothing": lambda _m, _p: (200, {"Content-Length": "-5"}, b"x"),
    "a terabyte told": lambda _m, _p: (200, {"Content-Length": str(2**40)}, b"x" * 4096),
    "no status known": lambda _m, _p: (299, {}, b"?"),
}


@pytest.mark.timeout(60)
@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
def test_whatever_a_server_answers_every_call_ends_soon_and_in_words(bucket, answer):
    for name, call in CALLS.items():
        store, server = bucket(answer)
        started = time.monotonic()
        told = words_of(call, store)
        assert told is None or told, name
        assert time.monotonic() - started < SOON_S, name
        assert len(server.asked) < 100, name


@pytest.mark.parametrize(
    "babble", [lambda n: ["objects/ab/cd/ef/x"], lambda n: [f"objects/{9 - n % 10}/b/c/x"]]
)
def test_pages_that_never_end_or_run_backwards_are_not_followed_for_ever(bucket, babble):
    count = iter(range(10**9))

    def answer(_method, _path):
        number = next(count)
        return 200, {}, page(babble(number), more=f"t{number}")

    store, server = bucket(answer)
    with pytest.raises(Unavailable, match="清单"):
        list(store.object_paths())
    assert len(server.asked) < 2000


@pytest.mark.timeout(60)
@pytest.mark.parametrize("name", ["objects", "files"])
def test_a_listing_of_nothing_but_next_pages_is_given_up_in_words(bucket, name):
    """Every answer names another next page and never a key: no end can be told from what is said."""
    count = iter(range(10**9))

    def answer(_method, _path):
        time.sleep(0.05)
        return 200, {}, page([], more=f"t{next(count)}")

    store, server = bucket(answer)
    with pytest.raises(Unavailable, match="清单") as told:
        CALLS[name](store)
    assert told.value.remedy
    assert len(server.asked) > 1  # it was followed, and then no more


@pytest.mark.parametrize("key", ["objects/../../../etc/passwd", "objects/a/../../b", "/etc/passwd", "objects//x/y/z",
                                 "objects/" + "长" * 5000, "别处/x", "objects/./a/b/c"])  # fmt: skip
def test_keys_that_lead_elsewhere_name_no_path(bucket, key):
    store, _server = bucket(listing(key))
    for call in (CALLS["objects"], CALLS["evidence paths"], CALLS["files"]):
        try:
            found = call(store)
        except (LantaiError, OSError):
            continue
        assert not any(
            ".." in each.split("/") or each.startswith("/") or len(each) > 1100 for each in found
        ), found
    assert not list(home().parent.rglob("passwd"))


@pytest.mark.parametrize(
    "content", [b"{", b"[]", b"null", b"\xff\xfe", b'{"key": ["far"]}', b"[" * 200_000, b'{"key": "near"}']
)
def test_a_mark_that_is_none_is_told_and_the_store_not_used(bucket, content):
    store, _server = bucket(lambda _method, _path: (200, {}, content))
    with pytest.raises(Unavailable):
        store.require_ready()


def test_a_small_file_is_not_taken_whole_when_it_is_told_to_be_huge(bucket):
    def babble():
        for _piece in range(10**9):
            yield b" " * 2**20

    store, _server = bucket(lambda _method, _path: (200, {"Content-Length": str(2**40)}, babble()))
    for name in ("ready", "evidence", "find", "inventory"):
        started = time.monotonic()
        try:
            found = CALLS[name](store)
        except (LantaiError, OSError):
            found = None
        assert not found or "x" not in str(found)[:1]
        assert time.monotonic() - started < SOON_S, name


def test_bytes_other_than_were_written_are_found_when_read_back(bucket):
    kept = {}

    def answer(method, path):
        if method == "PUT":
            kept[path] = b""
            return 200, {}, b""
        return (200, {}, page([])) if "list-type" in path else (200, {}, b"other bytes")

    store, _server = bucket(answer)
    store.stage_files(
        "b", "s", {"v1/inventory.json": b"{}", "inventory.json": b"{}", "inventory.json.sha512": b"x"}
    )
    store.place("b", Placement("s", PATH, 1, "0" * 128))
    with pytest.raises(OSError, match="不一致"):
        store.sync()
    assert json.dumps(sorted(kept))

"""Requests to addresses that somebody else names: nothing inward, nothing endless."""

import socket
import threading
import time
from contextlib import contextmanager
from ipaddress import ip_address

import pytest

from lantai.core import outbound
from lantai.core.errors import Invalid, Unavailable


@pytest.mark.requirement("S18")
@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://127.1/",
        "http://2130706433/",
        "http://0x7f000001/",
        "http://0/",
        "http://localhost/",
        "http://LOCALHOST./",
        "http://[::1]/",
        "http://[::]/",
        "http://[::ffff:127.0.0.1]/",
        "http://[::ffff:a9fe:a9fe]/",
        "http://[64:ff9b::7f00:1]/",
        "http://[2002:7f00:1::]/",
        "http://169.254.169.254/latest/meta-data/",
        "http://100.100.100.200/latest/meta-data/",
        "http://168.63.129.16/",
        "http://[fd00:ec2::254]/",
        "http://[fe80::1]/",
        "http://10.0.0.8/",
        "http://172.16.3.4/",
        "http://192.168.1.1/",
        "http://100.64.0.1/",
        "http://198.18.0.1/",
        "http://224.0.0.1/",
        "http://255.255.255.255/",
    ],
)
def test_what_lies_inward_is_refused_however_it_is_written(url):
    with pytest.raises(Invalid) as refused:
        outbound.resolve_public(url)
    assert refused.value.remedy


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "gopher://example.com/",
        "ftp://example.com/",
        "//example.com/",
        "example.com",
        "http://",
        "http:///path",
        "http://user:secret@93.184.215.14/",
        "http://93.184.215.14\\@127.0.0.1/",
        "http://93.184.215.14/ a",
        "http://93.184.215.14/\r\nX: y",
        "http://93.184.215.14:99999/",
        "http://[fe80::1%25eth0]/",
        "http://93.184.215.14/" + "a" * 3000,
    ],
)
def test_what_is_no_plain_http_address_is_refused(url):
    with pytest.raises(Invalid):
        outbound.resolve_public(url)


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"])
def test_the_open_internet_is_open(address):
    host = f"[{address}]" if ":" in address else address
    target = outbound.resolve_public(f"https://{host}/a b".replace(" ", "%20") + "?q=档案")
    assert (target.address, target.port, target.authority) == (address, 443, host)
    assert target.path == "/a%20b?q=%E6%A1%A3%E6%A1%88"
    assert outbound.is_public(ip_address(address))


def test_other_ports_are_refused_until_a_setting_opens_them(monkeypatch):
    with pytest.raises(Invalid, match="22"):
        outbound.resolve_public("http://93.184.215.14:22/")
    monkeypatch.setenv("LANTAI_OUTBOUND_PORTS", "80,443,8443")
    assert outbound.resolve_public("https://93.184.215.14:8443/").port == 8443


def test_a_name_with_one_inward_address_among_others_is_refused(monkeypatch):
    answers = [(2, 1, 6, "", ("93.184.215.14", 80)), (2, 1, 6, "", ("10.0.0.1", 80))]
    monkeypatch.setattr(outbound.socket, "getaddrinfo", lambda *_a, **_k: answers)
    with pytest.raises(Invalid):
        outbound.resolve_public("http://oa.example.cn/")


def test_a_name_that_resolves_differently_the_next_moment_gains_nothing(monkeypatch):
    """The name is asked for once; the connection goes to the address that was looked at."""
    asked, connected = [], []

    def resolve(host, port, **_kind):
        asked.append(host)
        return [(2, 1, 6, "", ("93.184.215.14" if len(asked) == 1 else "127.0.0.1", port))]

    def connect(address, *_rest):
        connected.append(address)
        raise OSError("not here")

    monkeypatch.setattr(outbound.socket, "getaddrinfo", resolve)
    monkeypatch.setattr(outbound.socket, "create_connection", connect)
    with pytest.raises(Unavailable):
        outbound.fetch("http://rebinding.example.cn/")
    assert (asked, connected) == (["rebinding.example.cn"], [("93.184.215.14", 80)])


@contextmanager
def serving(monkeypatch, answer):
    """A server on this machine, opened in the allow-list; ``answer(socket)`` is all it does."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        monkeypatch.setenv("LANTAI_OUTBOUND_ALLOWED", f"127.0.0.1:{port}")

        def serve():
            with server.accept()[0] as client:
                client.recv(65536)
                answer(client)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{port}"
        thread.join(5)


def test_an_allowed_system_is_asked_and_its_redirect_not_followed(monkeypatch):
    head = b"HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/\r\nContent-Length: 2\r\n\r\nno"
    with serving(monkeypatch, lambda client: client.sendall(head)) as url:
        answer = outbound.fetch(url)
    assert (answer.status, answer.reason, answer.body) == (302, "Found", b"no")
    assert answer.header("location") == "http://169.254.169.254/"


def test_an_answer_over_the_limit_is_not_read_to_its_end(monkeypatch):
    def flood(client):
        client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        try:
            while True:
                client.sendall(b"x" * 65536)
        except OSError:
            pass

    with (
        serving(monkeypatch, flood) as url,
        pytest.raises(Invalid, match="100000"),
    ):
        outbound.fetch(url, limits=outbound.Limits(body_bytes=100_000))


@pytest.mark.parametrize("head", [b"HTTP/1.1 200 OK\r\nX: ", b"HTTP/1.1 200 OK\r\n\r\n"])
def test_a_server_that_sends_a_byte_now_and_then_does_not_hold_us(monkeypatch, head):
    def drip(client):
        client.sendall(head)
        try:
            while True:
                client.sendall(b"x")
                time.sleep(0.05)
        except OSError:
            pass

    started = time.monotonic()
    with serving(monkeypatch, drip) as url, pytest.raises(Unavailable):
        outbound.fetch(url, limits=outbound.Limits(total_s=0.4))
    assert time.monotonic() - started < 3


def test_a_body_cut_off_in_the_middle_is_no_answer(monkeypatch):
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"
    with serving(monkeypatch, lambda client: client.sendall(head)) as url, pytest.raises(Unavailable):
        outbound.fetch(url)

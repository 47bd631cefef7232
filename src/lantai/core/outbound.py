"""The one way out: requests this platform makes to addresses that somebody else names.

A callback's address or a page to capture is chosen by a user, who must not reach through us what
only this machine can reach (server-side request forgery). A name is resolved once and every address
it has is looked at; the connection then goes to the address that was looked at, so that a name which
resolves differently the next moment gains nothing. Redirects are never followed: a caller who wants
to follow one calls again, and the new address is looked at like the first. Proxies named in the
environment are not used.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, field
from urllib.parse import SplitResult, quote, urlsplit

from . import settings as configuration
from .errors import Invalid, LantaiError, Unavailable
from .language import gettext as _

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_PORTS = {"http": 80, "https": 443}
_METADATA = frozenset({ipaddress.ip_address("168.63.129.16")})
"""Cloud metadata services that answer on a public address; the others are link-local or private."""
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_CHUNK = 64 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """How long and how much one request may take.

    Attributes:
        connect_s: for the connection and for each pause of the other side, seconds.
        total_s: for the whole exchange, seconds.
        body_bytes: of the answer's body.
    """

    connect_s: float = 5.0
    total_s: float = 30.0
    body_bytes: int = 2**20


@dataclass(frozen=True, slots=True)
class Target:
    """An address that was looked at and may be called.

    Attributes:
        scheme: ``http`` or ``https``.
        host: its name as the request and the certificate bear it.
        port: TCP port.
        address: the IP address the connection goes to.
        path: path and query, percent-encoded.
    """

    scheme: str
    host: str
    port: int
    address: str
    path: str

    @property
    def authority(self) -> str:
        """Host and, where it is not the scheme's own, port."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the other side answered; the body is as it came, its encoding not undone.

    Attributes:
        url: as it was asked for.
        address: IP address that answered.
        version: of HTTP, as in ``HTTP/1.1``.
        status: HTTP status.
        reason: the status line's words.
        headers: as they came, in order, repeated ones too.
        body: the whole body, without its transfer encoding.
    """

    url: str
    address: str
    version: str
    status: int
    reason: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str:
        """The first header of that name; empty where there is none."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")


def resolve_public(url: str) -> Target:
    """Looks at an address and everything its name resolves to.

    Raises:
        Invalid: it is no HTTP address, or leads where this platform must not call: to this machine,
            a private network or a cloud's metadata, unless ``OUTBOUND_ALLOWED`` names it.
        Unavailable: the name does not resolve.
    """
    parts, host, port = _taken_apart(url)
    addresses = _resolve(host, port)
    for address in addresses:
        _refuse_inward(host, address, port)
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._")
    if parts.query:
        path += "?" + quote(parts.query, safe="/?%:@!$&'()*+,;=~-._")
    return Target(parts.scheme, host, port, str(addresses[0]), path)


def fetch(
    url: str,
    *,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
    limits: Limits | None = None,
) -> Answer:
    """Asks an address that somebody else named; one exchange, no redirect.

    Args:
        url: HTTP or HTTPS.
        method: HTTP method.
        headers: sent besides ``Host``, ``Connection`` and ``Content-Length``.
        body: the request's.
        limits: of time and size; the default suits a short message.

    Raises:
        Invalid: see :func:`resolve_public`; or the answer's body is over the limit.
        Unavailable: no answer, no valid certificate, or not within the time.
    """
    limits = limits or Limits()
    ends_at = time.monotonic() + limits.total_s
    target = resolve_public(url)
    connection = _Pinned(target, limits)
    with closing(connection), _Watch(connection, ends_at) as watch:
        try:
            sent = {"Host": target.authority, "Accept": "*/*", **(headers or {}), "Connection": "close"}
            connection.request(method, target.path, body=body, headers=sent)
            response = connection.getresponse()
            return Answer(
                url=url,
                address=target.address,
                version="HTTP/1.0" if response.version == 10 else "HTTP/1.1",
                status=response.status,
                reason=response.reason,
                headers=tuple(response.getheaders()),
                body=_read(response, url, limits.body_bytes, watch),
            )
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise _no_answer(url, error, late=watch.struck) from error


class _Pinned(http.client.HTTPConnection):
    """A connection to the address that was looked at, whatever the name resolves to by now."""

    def __init__(self, target: Target, limits: Limits) -> None:
        super().__init__(target.host, target.port, timeout=limits.connect_s)
        self.target = target
        self.wire: socket.socket | None = None
        """The socket, also when the answer has taken it over."""

    def connect(self) -> None:
        """Connects, and for HTTPS checks the certificate against the name."""
        plain = self.wire = socket.create_connection((self.target.address, self.target.port), self.timeout)
        if self.target.scheme == "https":
            context = ssl.create_default_context()
            try:
                self.sock = self.wire = context.wrap_socket(plain, server_hostname=self.target.host)
            except BaseException:
                plain.close()
                raise
        else:
            self.sock = plain


@dataclass
class _Watch:
    """Closes a connection when its time is up, also on one that sends a byte now and then."""

    connection: _Pinned
    ends_at: float
    struck: bool = False
    _timer: threading.Timer = field(init=False)

    def __enter__(self) -> _Watch:
        self._timer = threading.Timer(max(0.0, self.ends_at - time.monotonic()), self._strike)
        self._timer.daemon = True
        self._timer.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._timer.cancel()

    def _strike(self) -> None:
        self.struck = True
        if sock := self.connection.wire:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)


def _read(response: http.client.HTTPResponse, url: str, limit: int, watch: _Watch) -> bytes:
    body = bytearray()
    while chunk := response.read1(_CHUNK):
        body += chunk
        if len(body) > limit:
            raise Invalid(
                _("对方的应答超过 %(limit)s 字节，没有接收。") % {"limit": limit}, subject=_shown(url)
            )
    if watch.struck or (response.length or 0) > 0:
        raise http.client.IncompleteRead(b"")
    return bytes(body)


def _taken_apart(url: str) -> tuple[SplitResult, str, int]:
    """Scheme, name in ASCII, and port of an address."""
    if len(url) > 2000 or any(ord(sign) <= 32 or ord(sign) == 127 for sign in url) or "\\" in url:
        raise _unfit(url)
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").rstrip(".")
        if not host.isascii():
            host = host.encode("idna").decode("ascii")
        port = parts.port or _PORTS[parts.scheme]
    except (ValueError, KeyError) as error:
        raise _unfit(url) from error
    if not host or "@" in parts.netloc or "%" in host:
        raise _unfit(url)
    if port not in map(int, configuration.OUTBOUND_PORTS.read()) and f"{host}:{port}" not in _allowed():
        raise Invalid(
            _("平台不向 %(port)s 端口发请求。") % {"port": port},
            subject=_shown(url),
            remedy=_("如确有需要，请系统管理员在设置 OUTBOUND_PORTS 或 OUTBOUND_ALLOWED 中放行。"),
        )
    return parts, host, port


def _resolve(host: str, port: int) -> list[Address]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Unavailable(
            _("找不到主机 %(host)s。") % {"host": host}, remedy=_("请核对地址，或稍后再试。")
        ) from error
    return [ipaddress.ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]


def _refuse_inward(host: str, address: Address, port: int) -> None:
    allowed = _allowed()
    if host in allowed or f"{host}:{port}" in allowed or f"{address}:{port}" in allowed:
        return
    if any(address in network for network in _networks(allowed)):
        return
    if not is_public(address):
        raise Invalid(
            _("这个地址通向本机或内部网络，平台不向它发请求。"),
            subject=host,
            remedy=_("如确为本单位的系统，请系统管理员在设置 OUTBOUND_ALLOWED 中放行它的主机名或网段。"),
        )


def is_public(address: Address) -> bool:
    """Whether an address belongs to the open internet, looked at through the ways IPv6 wraps IPv4."""
    inner: Address | None = None
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if address.teredo:
            inner = address.teredo[1]
        elif address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    if inner is not None:
        return is_public(inner)
    return address.is_global and not address.is_multicast and address not in _METADATA


def _allowed() -> frozenset[str]:
    return frozenset(word.lower() for word in configuration.OUTBOUND_ALLOWED.read())


def _networks(words: frozenset[str]) -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    networks = []
    for word in words:
        with suppress(ValueError):
            networks.append(ipaddress.ip_network(word, strict=False))
    return networks


def _unfit(url: str) -> LantaiError:
    return Invalid(
        _("这不是可用的网址。"),
        subject=_shown(url),
        remedy=_("请填写以 http:// 或 https:// 开头、不含口令和空白的完整网址。"),
    )


def _no_answer(url: str, error: Exception, *, late: bool) -> LantaiError:
    if isinstance(error, ssl.SSLCertVerificationError):
        return Unavailable(
            _("对方的 TLS 证书不可信：%(reason)s。") % {"reason": error.verify_message}, subject=_shown(url)
        )
    if late or isinstance(error, TimeoutError):
        return Unavailable(_("对方没有在限定时间内应答。"), subject=_shown(url))
    return Unavailable(_("对方没有应答：%(error)s。") % {"error": error or type(error)}, subject=_shown(url))


def _shown(url: str) -> str:
    """The address without its query, which may hold a token, and no longer than a line."""
    return url.partition("?")[0][:200]

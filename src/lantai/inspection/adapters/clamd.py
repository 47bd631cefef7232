"""ClamAV's daemon, spoken to by INSTREAM over a Unix or TCP socket.

An answer other than “OK” or “FOUND”, a limit or a time-out means nobody knows: never clean.
"""

from __future__ import annotations

import socket
import struct
from functools import cache
from pathlib import Path

from lantai.core import settings
from lantai.core.errors import Unavailable
from lantai.core.language import gettext as _

from ..subjects import ScanResult

CHUNK = 1 << 16
CONNECT_TIMEOUT_S = 5.0
SCAN_TIMEOUT_S = 120.0


class Clamd:
    """A clamd at an address: a socket path, or ``host:port``."""

    name = "ClamAV"

    def __init__(self, address: str) -> None:
        self.address = address

    def version(self) -> str:
        """Engine and signatures, as clamd tells them.

        Raises:
            Unavailable: clamd does not answer.
        """
        try:
            with self._connect() as connection:
                connection.sendall(b"zVERSION\0")
                return _answer(connection)
        except OSError as error:
            raise Unavailable(
                _("杀毒引擎没有应答：%(error)s。") % {"error": error},
                subject=self.address,
                remedy=_("请检查 clamd 是否在运行。"),
            ) from error

    def scan(self, path: Path) -> ScanResult:
        """Streams the file to clamd."""
        try:
            with self._connect() as connection, path.open("rb") as stream:
                connection.settimeout(SCAN_TIMEOUT_S)
                connection.sendall(b"zINSTREAM\0")
                try:
                    while chunk := stream.read(CHUNK):
                        connection.sendall(struct.pack("!L", len(chunk)) + chunk)
                    connection.sendall(struct.pack("!L", 0))
                except (BrokenPipeError, ConnectionResetError):
                    # clamd hangs up when the file exceeds its limit; its reason can still be read
                    pass
                answer = _answer(connection)
        except OSError as error:
            return ScanResult(problem=f"杀毒引擎没有完成扫描：{error}")
        return _judge(answer)

    def _connect(self) -> socket.socket:
        if "/" in self.address:
            connection = socket.socket(socket.AF_UNIX)
            connection.settimeout(CONNECT_TIMEOUT_S)
            try:
                connection.connect(self.address)
            except OSError:
                connection.close()
                raise
            return connection
        host, _colon, port = self.address.rpartition(":")
        return socket.create_connection((host or "127.0.0.1", int(port)), CONNECT_TIMEOUT_S)


def configured_scanner() -> Clamd | None:
    """The scanner ``LANTAI_CLAMD`` names, or ``None``."""
    address = settings.CLAMD.read()
    return _clamd(address) if address else None


@cache
def _clamd(address: str) -> Clamd:
    return Clamd(address)


def _answer(connection: socket.socket) -> str:
    received = b""
    while not received.endswith(b"\0"):
        part = connection.recv(4096)
        if not part:
            break
        received += part
    return received.rstrip(b"\0\n").decode("utf-8", "replace")


def _judge(answer: str) -> ScanResult:
    verdict = answer.removeprefix("stream: ")
    if verdict == "OK":
        return ScanResult()
    if verdict.endswith(" FOUND"):
        return ScanResult(virus=verdict.removesuffix(" FOUND"))
    return ScanResult(problem=f"杀毒引擎没有给出结论：{verdict or '连接中断'}")

"""A small TCP proxy in front of a real S3 server that fails chosen requests, as networks and servers do."""

import re
import socket
import threading
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit

ERROR = b"<?xml version='1.0'?><Error><Code>InternalError</Code><Message>We encountered an internal error.</Message></Error>"
FAULTS = ("server error", "busy", "no answer", "upload cut", "answer cut", "connection refused")
"""What may happen to a request: 500, 503, silence, half a body sent, half an answer received, no connection."""


class FaultyNetwork:
    """Passes everything through until told otherwise; addresses as a server at :attr:`address`."""

    def __init__(self, upstream):
        there = urlsplit(upstream)
        self._upstream = (there.hostname, there.port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._lock = threading.Lock()
        self.requests = []
        self._fault, self._first, self._times, self._methods = None, 0, 0, None
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        """No more connections."""
        self._listener.close()

    @contextmanager
    def failing(self, fault, *, first=1, times=1, methods=None):
        """While the block runs, so many requests fail from a certain one on; of some methods only, if named."""
        with self._lock:
            self.requests = []
            self._fault, self._first, self._times, self._methods = fault, first, times, methods
        try:
            yield self
        finally:
            with self._lock:
                self._fault = None

    def _fault_of(self, method):
        with self._lock:
            if self._methods and method not in self._methods:
                return None
            self.requests.append(method)
            place = len(self.requests)
            return self._fault if self._first <= place < self._first + self._times else None

    def _accept(self):
        with suppress(OSError):
            while True:
                client, _address = self._listener.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        """One connection, request by request, until one of them fails."""
        server = None
        with suppress(OSError, ValueError):
            while head := _head(client):
                length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
                size = int(length[1]) if length else 0
                fault = self._fault_of(head.split(b" ", 1)[0].decode())
                if fault in _UNSENT:
                    _UNSENT[fault](client, size)
                    break
                server = server or self._connect(client)
                if fault == "answer cut":
                    _cut.add(server)
                server.sendall(head)
                for piece in _pieces(client, size // 2 if fault == "upload cut" else size):
                    server.sendall(piece)
                if fault == "upload cut":
                    break
        for connection in filter(None, (server, client)):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()

    def _connect(self, client):
        server = socket.create_connection(self._upstream)
        threading.Thread(target=_answer, args=(server, client), daemon=True).start()
        return server


def _refuse(_client, _size):
    """Ends the connection before anything was said."""


def _fail(status):
    def answer(client, size):
        _swallow(client, size)
        client.sendall(
            b"HTTP/1.1 %b\r\nContent-Type: application/xml\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%b"
            % (status, len(ERROR), ERROR)
        )

    return answer


def _keep_silent(client, size):
    _swallow(client, size)
    client.recv(1)  # until the client has had enough


def _swallow(client, size):
    for _piece in _pieces(client, size):
        pass


_UNSENT = {
    "connection refused": _refuse,
    "server error": _fail(b"500 Internal Server Error"),
    "busy": _fail(b"503 Slow Down"),
    "no answer": _keep_silent,
}
"""Faults of requests that never reach the server."""

_cut = set()
"""Connections to the server whose next answer is passed on by half."""


def _head(connection):
    read = b""
    while not read.endswith(b"\r\n\r\n"):
        byte = connection.recv(1)
        if not byte:
            return b""
        read += byte
        if len(read) > 65_536:
            raise ValueError
    return read


def _pieces(connection, size):
    while size:
        piece = connection.recv(min(size, 65_536))
        if not piece:
            raise OSError("the client went away")
        size -= len(piece)
        yield piece


def _answer(server, client):
    with suppress(OSError):
        while piece := server.recv(65_536):
            if server in _cut:
                _cut.discard(server)
                client.sendall(piece[: max(1, len(piece) - 20)])
                client.shutdown(socket.SHUT_RDWR)
                return
            client.sendall(piece)
        client.shutdown(socket.SHUT_RDWR)

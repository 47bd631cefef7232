"""A bad network: a TCP proxy that cuts connections at random moments, in both directions."""

from __future__ import annotations

import contextlib
import random
import socket
import threading


class BadNetwork:
    """Listens on a port of its own and passes bytes on until it has had enough.

    Attributes:
        url: what to call instead of the platform.
        cuts: how many connections were cut.
    """

    def __init__(self, port: int, seed: int, share: float = 0.35, most_bytes: int = 6000) -> None:
        self._to, self._random, self._share, self._most = port, random.Random(seed), share, most_bytes
        self._server = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._server.getsockname()[1]}"
        self.cuts = 0
        threading.Thread(target=self._listen, daemon=True).start()

    def close(self) -> None:
        """Stops listening."""
        self._server.close()

    def _listen(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _address = self._server.accept()
                threading.Thread(target=self._carry, args=(client,), daemon=True).start()

    def _carry(self, client: socket.socket) -> None:
        """Two directions share one allowance; a connection may also be refused at once."""
        doomed = self._random.random() < self._share
        allowance = [self._random.randrange(self._most) if doomed else 2**60]
        with (
            contextlib.suppress(OSError),
            client,
            socket.create_connection(("127.0.0.1", self._to)) as server,
        ):
            back = threading.Thread(target=self._pass_on, args=(server, client, allowance), daemon=True)
            back.start()
            self._pass_on(client, server, allowance)
            back.join()
            self.cuts += doomed

    @staticmethod
    def _pass_on(source: socket.socket, target: socket.socket, allowance: list[int]) -> None:
        with contextlib.suppress(OSError):
            while (data := source.recv(1024)) and allowance[0] > 0:
                allowance[0] -= len(data)
                target.sendall(data[: len(data) + min(0, allowance[0])])
                if allowance[0] <= 0:
                    break
        for end in (source, target):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR if allowance[0] <= 0 else socket.SHUT_WR)

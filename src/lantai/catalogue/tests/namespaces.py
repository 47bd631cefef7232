"""Machines that are network namespaces of this one, and their only roads to servers on its loopback."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import threading


class Machine:
    """A network namespace joined to this one by a pair of virtual cables.

    Attributes:
        host: this machine's address as seen from there.
    """

    def __init__(self, number: int) -> None:
        self._name = f"lantai-{os.getpid()}-{number}"
        net = f"10.{200 + os.getpid() % 50}.{number}"
        near, far = f"lt{os.getpid()}n{number}", f"lt{os.getpid()}f{number}"
        self.host = f"{net}.1"
        _ip("netns", "add", self._name)
        _ip("link", "add", near, "type", "veth", "peer", "name", far, "netns", self._name)
        _ip("addr", "add", f"{net}.1/24", "dev", near)
        _ip("link", "set", near, "up")
        _ip("-n", self._name, "addr", "add", f"{net}.2/24", "dev", far)
        _ip("-n", self._name, "link", "set", far, "up")
        _ip("-n", self._name, "link", "set", "lo", "up")

    def command(self, *words: str) -> list[str]:
        """The command line that runs words there."""
        return ["ip", "netns", "exec", self._name, *words]

    def remove(self) -> None:
        """Takes it away with its cables."""
        _ip("netns", "del", self._name)


class Road:
    """Passes what comes to an address of this machine on to a port of loopback."""

    def __init__(self, host: str, to_port: int) -> None:
        self._to = to_port
        self._server = socket.create_server((host, 0))
        self.port = self._server.getsockname()[1]
        threading.Thread(target=self._listen, daemon=True).start()

    def close(self) -> None:
        """Lets nobody in any more."""
        self._server.close()

    def _listen(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _address = self._server.accept()
                threading.Thread(target=self._carry, args=(client,), daemon=True).start()

    def _carry(self, client: socket.socket) -> None:
        with client, socket.create_connection(("127.0.0.1", self._to)) as server:
            back = threading.Thread(target=_pass_on, args=(server, client), daemon=True)
            back.start()
            _pass_on(client, server)
            back.join()


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)


def are_refused() -> str:
    """Why this machine makes no namespaces; empty where it does."""
    if os.geteuid() != 0 or shutil.which("ip") is None:
        return "network namespaces need root and iproute2"
    try:
        Machine(0).remove()
    except subprocess.CalledProcessError as error:
        return f"this machine makes no network namespaces: {error.stderr.strip()}"
    return ""


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True, text=True)

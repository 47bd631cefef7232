"""One throw-away data folder for the whole test run, and no sockets to the outside."""

import os
import socket
import tempfile
from ipaddress import ip_address

import pytest

os.environ["LANTAI_HOME"] = tempfile.mkdtemp(prefix="lantai-test-")
_connect = socket.socket.connect


def _local_only(self, address):
    if isinstance(address, tuple):
        host = "127.0.0.1" if address[0] == "localhost" else address[0]
        if not ip_address(host).is_loopback:
            raise RuntimeError(f"a test tried to reach {address}")
    return _connect(self, address)


@pytest.fixture(autouse=True, scope="session")
def _closed_to_the_outside():
    socket.socket.connect = _local_only
    yield
    socket.socket.connect = _connect

"""What the children of the pool held while a test swept its material."""

from pathlib import Path

from lantai.formats import pool
from lantai.formats.memory import USUAL_BYTES


def peak_bytes():
    """The most memory any child of the pool has ever held."""
    status = [Path(f"/proc/{child.process.pid}/status").read_text() for child in pool.shared_pool().children]
    return max(int(text.split("VmHWM:")[1].split()[0]) * 1024 for text in status)


def within_limits(ended):
    """Says that no child was ended, for its time or its memory, and none held more than it may."""
    assert not ended, ended
    assert peak_bytes() <= USUAL_BYTES
    return "No child of the pool passed its limit of time, and none held more than 512 MiB."

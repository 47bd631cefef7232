"""What a child is handed, and what becomes of it when the child ends or is slow."""

import fcntl
import os
import random
import struct
import subprocess
import sys
import termios
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from lantai.formats import ahead, child, pool, streams, worker
from lantai.formats.api import allow_files, call_in_pool

from .samples import make_image, make_pdf

PARENT = """
import sys, time
from lantai.formats import child, streams
one = child.Child()
request = {"task": "identification", "path": sys.argv[1]}
one.take(streams.Asked(streams.Stream(lambda _asked: None), 0, request, is_alone=True))
one.send()
print(one.process.pid, flush=True)
time.sleep(60)
"""


def write_down(path, *, into):
    """A function for children: notes in a file that it was called."""
    with allow_files(2**20), Path(into).open("a") as notes:
        notes.write(f"{path.name}\n")
    return {}


def read_through(path):
    """Another: as slow as whoever writes to the pipe."""
    return {"read": len(path.read_bytes())}


def test_a_file_replaced_after_the_look_ahead_is_identified_again(tmp_path):
    files = [make_pdf(tmp_path / f"{number}.pdf") for number in range(3)]
    requests = [{"task": "examine", "path": str(path), "digests": False} for path in files]
    marks = []

    def tell(mark):
        marks.append(mark)
        if len(marks) == 2:
            make_image(tmp_path / "other.tif", (12, 8), 300).replace(files[1])

    identified = ahead.identify_ahead(requests, tell)
    told = [worker.answer(request, identified)["identification"]["mime"] for request in requests]
    assert told == ["application/pdf", "image/tiff", "application/pdf"]


def test_what_writes_files_is_never_done_twice(tmp_path, monkeypatch):
    monkeypatch.setattr(child, "PATIENCE_S", 0.2)
    own = pool.Pool(1)
    monkeypatch.setattr(
        "lantai.formats.pooled.run_requests", lambda asked: streams.Stream(own.ask).answers(asked)
    )
    slow, notes = tmp_path / "slow", tmp_path / "notes"
    os.mkfifo(slow)
    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(list, call_in_pool(read_through, [slow]))
        with slow.open("wb"):  # from here on the child has it in hand
            assert list(call_in_pool(write_down, [tmp_path], writes=True, into=str(notes))) == [{}]
        assert waiting.result() == [{"read": 0}]
    while len(own.children) > 1 or any(one.load for one in own.children):
        time.sleep(0.01)
    own.close()
    assert notes.read_text() == f"{tmp_path.name}\n"


def test_nobody_waits_for_a_busy_child_to_read_what_it_is_asked(tmp_path):
    busy, stream = child.Child(), streams.Stream(lambda _asked: None)
    blocked = tmp_path / "blocked"
    os.mkfifo(blocked)

    def ask(path):
        busy.take(streams.Asked(stream, 0, {"task": "identification", "path": path}, is_alone=True))
        busy.send()

    ask(str(blocked))
    with blocked.open("wb"):  # from here on the child has read its first line, and nothing else
        os.set_blocking(busy.process.stdin.fileno(), False)
        chance = random.Random(13)
        asked_bytes = 0
        while True:
            path = str(blocked).replace("/", "/" + "./" * chance.randint(1000, 2000), 1)
            asked = streams.Asked(stream, 0, {"task": "identification", "path": path}, is_alone=True)
            if not busy.has_room(asked):
                break
            asked_bytes += len(asked.line)
            ask(path)
        unread = struct.unpack("i", fcntl.ioctl(busy.process.stdin, termios.FIONREAD, bytes(4)))[0]
        busy.stop()
    assert unread == asked_bytes > 0


def test_a_child_that_hangs_ends_with_a_parent_that_is_killed(tmp_path):
    stuck = tmp_path / "stuck"
    os.mkfifo(stuck)
    parent = subprocess.Popen([sys.executable, "-c", PARENT, stuck], stdout=subprocess.PIPE, text=True)
    number = int(parent.stdout.readline())
    with stuck.open("wb"):  # from here on the child hangs in the file
        parent.kill()
        parent.wait()
        while Path(f"/proc/{number}").exists():
            time.sleep(0.01)
    parent.stdout.close()

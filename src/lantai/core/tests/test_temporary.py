"""What a process keeps on disk while it works is gone with it."""

import os
import subprocess
import sys
import time

from lantai.core.settings import home
from lantai.core.temporary import STRAY_S, Spool, sweep_temporary, unpacking_folder


def test_a_spool_has_no_name_and_is_written_by_a_child():
    before = set(unpacking_folder().iterdir())
    spool = Spool()
    assert set(unpacking_folder().iterdir()) == before
    write = "import sys; open(sys.argv[1], 'w').write('永久\\n定期\\n')"
    subprocess.run(
        [sys.executable, "-c", write, spool.path], check=True, env={**os.environ, "PYTHONUTF8": "1"}
    )
    assert (
        [line.decode() for line in spool.lines()]
        == ["永久\n", "定期\n"]
        == [x.decode() for x in spool.lines()]
    )


def test_a_line_broken_off_within_a_character_is_left_out():
    spool = Spool()
    spool.path.write_bytes("永久\n定期\n".encode()[:-2])
    assert list(spool.lines()) == ["永久\n".encode()]


def test_what_a_killed_process_left_is_removed_a_day_later():
    folder, upload = home() / "incoming" / "entry-left", home() / "incoming" / "left.upload"
    unpacked = unpacking_folder() / "package-left"
    for place in (folder, unpacked):
        (place / "inside").mkdir(parents=True)
        (place / "inside" / "正文.pdf").write_bytes(b"%PDF")
    upload.write_bytes(b"x")
    sweep_temporary(time.time() + STRAY_S - 60)
    assert folder.exists()
    assert sweep_temporary(time.time() + STRAY_S + 60) >= 3
    assert not any(place.exists() for place in (folder, unpacked, upload))

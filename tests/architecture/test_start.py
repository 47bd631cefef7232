"""The command line starts quickly: what only one command needs is imported by that command."""

import subprocess
import sys

HEAVY = ("docx", "pikepdf", "xlsxwriter", "PIL", "lantai.demo.walk", "lantai.bench.ingest")
PROGRAM = f"""
import sys
from lantai.config.cli import assemble
assemble()
print(*(name for name in {HEAVY!r} if name in sys.modules))
"""


def test_the_command_line_starts_without_what_only_one_command_needs():
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == []

"""The conformance table says what the tests say."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_conformance_table_is_what_the_tests_prove():
    done = subprocess.run(
        [sys.executable, "scripts/conformance.py", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr

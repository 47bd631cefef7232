"""The migrated database that tests on SQLite begin with: made once, copied by every process of every run.

A hundred migrations take some ten seconds of a processor; what they give depends on nothing but them.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import django

PACKAGE = Path(__file__).parents[2]
KEPT = PACKAGE.parents[1] / "var" / "tests"


def put_migrated(target: Path) -> None:
    """A migrated, empty database as ``target``."""
    KEPT.mkdir(parents=True, exist_ok=True)
    kept = KEPT / f"{_digest()}.sqlite3"
    with (KEPT / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.exists():
            for old in KEPT.glob("*.sqlite3"):
                old.unlink()
            _migrate(kept)
    shutil.copyfile(kept, target)


def _digest() -> str:
    """Of all that the migrations say, and of what they use."""
    sources = [
        *sorted(PACKAGE.glob("*/migrations/*.py")),
        PACKAGE / "ledger" / "append_only.py",
        PACKAGE / "core" / "migrating.py",
    ]
    digest = hashlib.sha256(django.__version__.encode())
    for source in sources:
        digest.update(f"{source.relative_to(PACKAGE)}\n".encode() + source.read_bytes())
    return digest.hexdigest()[:32]


def _migrate(kept: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="lantai-migrated-") as home:
        environment = os.environ | {"LANTAI_HOME": home, "DJANGO_SETTINGS_MODULE": "lantai.config.settings"}
        environment.pop("LANTAI_DATABASE_URL", None)  # of a server, where tests run on one
        subprocess.run([sys.executable, "-m", "django", "migrate", "-v0"], env=environment, check=True)
        shutil.move(Path(home, "lantai.sqlite3"), kept.with_suffix(".coming"))
    kept.with_suffix(".coming").rename(kept)

"""``systemctl start|stop`` for the tests: one real ``lantai serve`` with its worker, by the file of its number."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

HOME = Path(os.environ["LANTAI_HOME"])
NUMBER = HOME / "serve.pid"
READY_S = 60.0


def start() -> int:
    """Starts it; 0 once it answers, 1 when it gives up."""
    log = (HOME / "serve.log").open("wb")
    command = [
        sys.executable,
        "-m",
        "lantai.config",
        "serve",
        "--port",
        os.environ.get("RUNBOOK_PORT", "0"),
        "--workers",
        "1",
    ]
    process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
    until = time.monotonic() + READY_S
    while time.monotonic() < until:
        if process.poll() is not None:
            return 1
        if "http://" in (HOME / "serve.log").read_text(errors="replace"):
            NUMBER.write_text(str(process.pid))
            return 0
        time.sleep(0.2)
    process.kill()
    return 1


def stop() -> int:
    """Stops it as an operator does, and waits until it is gone; nothing to do where it does not run."""
    if not NUMBER.exists():
        return 0
    number = int(NUMBER.read_text())
    NUMBER.unlink()
    os.kill(number, signal.SIGTERM)
    until = time.monotonic() + READY_S
    while Path(f"/proc/{number}/stat").exists() and _state(number) != "Z":
        if time.monotonic() > until:
            return 1
        time.sleep(0.1)
    return 0


def _state(number: int) -> str:
    try:
        return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return "Z"


if __name__ == "__main__":
    sys.exit({"start": start, "stop": stop}[sys.argv[1]]())

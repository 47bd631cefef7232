"""The chain that ``lantai bench ingest`` measures, in a process of its own.

Usage: ``python -m lantai.bench.chain PACKAGES``; the last line of output is a JSON object.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import django

AGENCY = "DYSWJ"


def _untold(_done: int, _total: int) -> None:
    """Nobody watches a step."""


def run(packages: Path) -> dict[str, object]:
    """Sends every package down the road and times the steps, seconds."""
    from lantai.core.settings import home
    from lantai.demo import api as demo
    from lantai.records.api import Record, State

    demo.settle(_untold)
    walk = demo.Walk()
    steps: dict[str, float] = {}

    def timed(name: str, act: Callable[[], object]) -> None:
        started = time.perf_counter()
        act()
        steps[name] = steps.get(name, 0.0) + time.perf_counter() - started

    for package in sorted(packages.iterdir()):
        timed(
            "capture",
            partial(demo.send_package, package, agency_code=AGENCY, key=package.name, title=package.name),
        )
    timed("sign", partial(demo.sign_waiting, walk, _untold))
    timed("number", partial(demo.number_captured, walk, _untold))
    timed("hand_over", partial(demo.hand_over_filed, walk, _untold))
    stored = Record.objects.filter(state=State.HELD).count()
    (home() / "stored").write_text(str(stored))
    size = sum(path.stat().st_size for path in packages.rglob("*.pdf"))
    return {
        "stored": stored,
        "bytes": size,
        "seconds": sum(steps.values()),
        "steps": {name: round(seconds, 2) for name, seconds in steps.items()},
    }


if __name__ == "__main__":
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    print(json.dumps(run(Path(sys.argv[1]))))  # noqa: T201

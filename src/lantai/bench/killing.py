"""Kills real processes with ``kill -9`` at random moments of their work, and looks at every byte.

Usage: ``python -m lantai.bench.killing KILLS_A_KIND SEED [KIND…]``, on a data folder and a database of its own.
Each victim is a fork that begins a session, so that whatever it leaves running is found. The
moments are drawn so that they spread over the whole of the work: one from each of as many equal
stretches as there are kills. The last line of output is a JSON object.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import django

from lantai.core.errors import LantaiError

TRIES = 20
"""How often one stretch of the work is aimed at before it is given up."""
RECOVERY_KILLED, RECOVERY_S = 0.3, 0.004
"""How often the recovery is killed as well, and within how many seconds."""
LOOKS, LOOK_S = 3_000, 0.02
"""How often, and how many seconds apart, it is looked whether a killed process's own children have ended.
Looks are counted, not seconds: on a machine that stood still meanwhile they, too, had no time to end."""


def main(kills: int, seed: int, kinds: list[str]) -> dict[str, Any]:
    """Every kind of work, killed so often.

    Args:
        kills: of each kind.
        seed: of moments and contents.
        kinds: which; all without.
    """
    from lantai.core.events import subscribe
    from lantai.vault.api import RecordsIngested

    from .killedcases import Records
    from .killedwork import CONSUMER, KINDS

    subscribe(RecordsIngested, CONSUMER, lambda _news: None)
    records = Records(seed)
    told: dict[str, Any] = {}
    for place, kind in enumerate(kinds or KINDS):
        target = Target(KINDS[kind](records), random.Random(seed + place))  # noqa: S311
        told[kind] = target.shoot(kills, place * kills)
    return {"by_kind": told, **ending()}


class Target:
    """One kind of work under fire."""

    def __init__(self, work: Any, chance: random.Random) -> None:
        self.work = work
        self.chance = chance
        self.counts: Counter[str] = Counter()
        self.moments = [0] * 10
        self.failures: list[str] = []

    def shoot(self, kills: int, before: int) -> dict[str, Any]:
        """Kills it so often, each time recovering, taking it up again and looking at everything."""
        from lantai.core.settings import home

        started = time.monotonic()
        self._duration_s = min(self._undisturbed() for _run in range(3))
        for place in range(kills):
            for _try in range(TRIES):
                if self._shot((place + self.chance.random()) / kills):
                    break
            (home() / "stored").write_text(str(before + place + 1))
        told = {
            name: self.counts[name]
            for name in ("kills", "in_batch", "kept", "taken_back", "recoveries_killed")
        }
        self.failures += [] if told["kills"] == kills else [f"{kills} kills asked, {told['kills']} done"]
        damages = {name: getattr(self.work, name) for name in ("made", "found", "said_lost")
                   if hasattr(self.work, name)}  # fmt: skip
        return {**told, **damages, "moments": self.moments, "seconds": round(time.monotonic() - started, 1),
                "failures": self.failures}  # fmt: skip

    def _undisturbed(self) -> float:
        """How long the work takes when nobody kills it, from its first step to its last, seconds."""
        case = self.work.prepare()
        victim = Victim(lambda: self.work.work(case))
        started = time.monotonic()
        if not victim.end():
            self.failures.append("undisturbed: the work failed")
        seconds = time.monotonic() - started
        self._judge(case, "undisturbed")
        return seconds

    def _shot(self, moment: float) -> bool:
        """One trial; whether the victim was still at work when it was hit."""
        from lantai.core.settings import home
        from lantai.vault.api import recover

        case = self.work.prepare()
        victim = Victim(lambda: self.work.work(case))
        time.sleep(moment * self._duration_s)
        was_hit = victim.kill()
        in_batch = any((home() / "vault" / "journal").iterdir())
        self._kill_recovery()
        recovered = recover()
        if was_hit:
            self.counts.update(
                kills=1, in_batch=in_batch, kept=recovered.kept, taken_back=recovered.taken_back
            )
            self.moments[min(9, int(moment * 10))] += 1
        else:
            self._duration_s *= 0.9  # quicker than thought: the last stretches are to be hit, too
        self.failures += [f"at {moment:.3f}: {name} still runs" for name in victim.left_running()]
        self._judge(case, f"at {moment:.3f}")
        return was_hit

    def _kill_recovery(self) -> None:
        """Now and then what sets things right is killed, too."""
        from lantai.vault.api import recover

        if self.chance.random() < RECOVERY_KILLED:
            victim = Victim(recover)
            time.sleep(self.chance.uniform(0, RECOVERY_S))
            self.counts.update(recoveries_killed=victim.kill())

    def _judge(self, case: Any, when: str) -> None:
        try:
            self.work.settle(case)
            self.failures += [f"{when}: {text}" for text in self.work.problems(case)]
        except LantaiError as error:
            self.failures.append(f"{when}: {error}")


class Victim:
    """A process that does a piece of work."""

    def __init__(self, work: Callable[[], object]) -> None:
        from django.db import connection

        connection.close()
        begun, begins = os.pipe()
        self.pid = os.fork()
        if not self.pid:
            try:
                os.setsid()
                os.write(begins, b"!")
                work()
                os._exit(0)
            except BaseException as error:  # noqa: BLE001 - the parent hears of it by the status
                sys.stderr.write(f"{type(error).__name__}: {error}\n")
                os._exit(1)
        os.close(begins)
        os.read(begun, 1)
        os.close(begun)

    def end(self) -> bool:
        """Waits for its end; whether it ended well."""
        _pid, status = os.waitpid(self.pid, 0)
        return status == 0

    def kill(self) -> bool:
        """Kills it; whether it was still at work."""
        os.kill(self.pid, signal.SIGKILL)
        _pid, status = os.waitpid(self.pid, 0)
        return os.WIFSIGNALED(status)

    def left_running(self) -> list[str]:
        """Its own children that do not end by themselves."""
        for _look in range(LOOKS):
            if not (left := self._session()):
                return []
            time.sleep(LOOK_S)
        return left

    def _session(self) -> list[str]:
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                name, _, rest = (folder / "stat").read_text().rpartition(")")
            except OSError:
                continue
            state, _parent, _group, session = rest.split()[:4]
            if int(session) == self.pid and state != "Z":
                found.append(name)
        return found


def ending() -> dict[str, Any]:
    """Every byte read once more by the platform's own audit; database, ledger and stores held together."""
    from lantai.ledger.api import sequence_pending, write_evidence
    from lantai.vault.api import VaultObject, audit, declared_stores, reconcile

    while sequence_pending():
        pass
    write_evidence()
    lost = set(VaultObject.objects.filter(state="lost").values_list("object_path", flat=True))
    failures = []
    for facts in declared_stores():
        found = audit(facts.key)
        failures += [f"{facts.key}: {path}: {why}" for path, why in found.findings if path not in lost]
        failures += [f"{facts.key}: stray {path}" for path in found.strays]
    failures += [f"{each.kind}: {each.store} {each.subject}: {each.detail}" for each in reconcile().findings]
    return {"objects": VaultObject.objects.count(), "failures_at_the_end": failures}


if __name__ == "__main__":
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    print(json.dumps(main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]), ensure_ascii=False))  # noqa: T201

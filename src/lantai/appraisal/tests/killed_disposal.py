"""Kills real processes in the middle of a lawful destruction, and holds it to its word each time.

Run as a program by ``test_killed_disposal`` on a data folder and a database of its own; each victim
is a fork. Prints one JSON object.
"""

import json
import random
import sys
from functools import partial

import django

from lantai.vault.tests.killed_ingest import kill_while

PER_TRIAL = 4


def main(kills, seed):
    django.setup()
    import time

    from django.core.management import call_command
    from django.db import connection

    from lantai.appraisal.models import Disposal
    from lantai.vault.api import recover

    call_command("migrate", verbosity=0)
    chance = random.Random(seed)
    result = {"seed": seed, "trials": 0, "kills": 0, "half_done": 0, "problems": []}
    disposal = ordered()
    started = time.monotonic()
    carry_out(disposal)
    duration_s = time.monotonic() - started
    while result["kills"] < kills and result["trials"] < 4 * kills:
        disposal = ordered()
        connection.close()
        delay_s = chance.uniform(0, duration_s)
        result["trials"] += 1
        result["kills"] += kill_while(partial(carry_out, disposal), delay_s)
        result["half_done"] += Disposal.objects.get(id=disposal.id).state != Disposal.State.DONE
        recover()
        carry_out(disposal)
        result["problems"] += [f"after {delay_s:.4f} s: {text}" for text in problems(disposal)]
    sys.stdout.write(json.dumps(result) + "\n")


def ordered():
    """A box that is approved and witnessed: the orders stand, nothing is erased yet."""
    from lantai.appraisal import services

    from .test_disposal import approved, held, person

    disposal = approved([held(f"要销毁的{number}") for number in range(PER_TRIAL)])
    for role in ("reviewer", "receiving_archivist"):
        services.witness(disposal=disposal, actor=person(role))
    disposal.refresh_from_db()
    return disposal


def carry_out(disposal):
    """What the worker does."""
    from lantai.appraisal.register import close
    from lantai.core.actors import SYSTEM
    from lantai.vault.api import finish_erasures

    finish_erasures(SYSTEM)
    close(disposal)


def problems(disposal):
    """What is not as the law asks: content left, a register not sealed or sealed twice, a copy damaged."""
    from lantai.appraisal.models import Disposal
    from lantai.appraisal.register import is_genuine
    from lantai.ledger.api import Entry
    from lantai.vault.api import Erasure, audit

    from .test_disposal import holding

    held = Disposal.objects.get(id=disposal.id)
    subject = f"disposal:{disposal.id}"
    if held.state != Disposal.State.DONE or not is_genuine(held):
        yield "the register is not sealed"
    if held.register and len(held.register["records"]) != PER_TRIAL:
        yield "the register does not name every record once"
    if Entry.objects.filter(act="appraisal.close", subject=subject).count() != 1:
        yield "closed more or less than once"
    if Erasure.objects.filter(basis=subject, finished_at=None).exists():
        yield "an order is still open"
    if left := holding():
        yield f"content is left in {left[0]}"
    for store in ("use", "backup-near", "backup-far"):
        found = audit(store)
        if not found.is_clean:
            yield f"{store}: {found.findings or found.strays}"


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))

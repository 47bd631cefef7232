"""Kills real processes with ``kill -9`` on the road from package to vault; goes on; holds it to its word.

Run as a program by ``test_killed_road`` on a data folder and a database of its own. Each trial
takes one package through capture and reception; every step of it is killed again and again, at
moments spread over how long it takes undisturbed, until it is through. Prints one JSON object.
"""

import json
import os
import random
import signal
import sys
import time

import django

ITEMS = 12
MOST_TRIES = 20


def main(trials, seed):
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    chance = random.Random(seed)
    shrink_chunks()
    capture_s, receive_s = undisturbed()
    result = {"kills": 0, "problems": []}
    for trial in range(1, trials + 1):
        submission_id = submitted(trial)
        result["kills"] += until_done("capture.process", {"submission_id": submission_id}, capture_s, chance)
        handover_id = handed_over(submission_id)
        result["kills"] += until_done("transfer.receive", {"handover_id": handover_id}, receive_s, chance)
        result["problems"] += problems(trial, submission_id, handover_id)
    sys.stdout.write(json.dumps(result) + "\n")


def shrink_chunks():
    """Several chunks from a few items, so that a kill falls between them too."""
    from lantai.capture import processing
    from lantai.transfer import receiving

    processing.FILING_CHUNK = receiving.CONTENT_CHUNK = 4


def submitted(trial):
    from lantai.capture.tests import factories as make

    first = trial * 100
    good = [make.item(first + n) for n in range(ITEMS)]
    bad = make.item(first + 50, 责任者="")
    return str(make.received(make.package(*good, bad)).submission.id)


def handed_over(submission_id):
    from lantai.capture.api import Submission
    from lantai.transfer.tests import factories as make

    make.sign(Submission.objects.get(id=submission_id).report)
    from lantai.capture.api import assign_numbers, fix_numbers
    from lantai.capture.tests import factories as capture
    from lantai.core.actors import SYSTEM
    from lantai.transfer.api import receive

    assign_numbers(scheme=capture.scheme(), year=2024, actor=SYSTEM)
    fix_numbers(scheme=capture.scheme(), year=2024, actor=SYSTEM)
    handover = make.submitted()
    receive(handover=handover, actor=SYSTEM, enqueue=False)
    return str(handover.id)


def undisturbed():
    """How long each step takes when nobody kills it, seconds."""
    submission_id = submitted(99)
    times = [timed("capture.process", {"submission_id": submission_id})]
    handover_id = handed_over(submission_id)
    times.append(timed("transfer.receive", {"handover_id": handover_id}))
    sign_and_receive_again(handover_id)
    times[1] += timed("transfer.receive", {"handover_id": handover_id})
    return times


def timed(kind, params):
    from lantai.core.actors import SYSTEM
    from lantai.core.jobs import run_inline

    started = time.monotonic()
    run_inline(kind, SYSTEM, progress=False, **params)
    return time.monotonic() - started


def sign_and_receive_again(handover_id):
    from lantai.core.actors import SYSTEM
    from lantai.transfer.api import Handover, receive
    from lantai.transfer.tests import factories as make

    handover = Handover.objects.get(id=handover_id)
    if handover.state == Handover.State.SUBMITTED:
        make.sign(handover.report)
        receive(handover=handover, actor=SYSTEM, enqueue=False)


def until_done(kind, params, usual_s, chance):
    """Has children do a job until one gets through; returns how many were killed at work."""
    from django.db import connection

    kills = tries = 0
    while not finished(kind, params):
        tries += 1
        if tries > MOST_TRIES:
            sys.exit(f"{kind} does not come to its end any more")
        connection.close()
        child = os.fork()
        if not child:
            try:
                timed(kind, params)
            finally:
                os._exit(0)
        if kills < 3:
            time.sleep(chance.uniform(0.05, 1.0) * usual_s)
            os.kill(child, signal.SIGKILL)
        _pid, status = os.waitpid(child, 0)
        kills += os.WIFSIGNALED(status)
        if kind == "transfer.receive":
            sign_and_receive_again(params["handover_id"])
    return kills


def finished(kind, params):
    from lantai.capture.api import Submission
    from lantai.transfer.api import Handover

    if kind == "capture.process":
        return Submission.objects.get(id=params["submission_id"]).is_finished
    return Handover.objects.get(id=params["handover_id"]).state == Handover.State.RECEIVED


def problems(trial, submission_id, handover_id):
    """Whatever was lost, doubled or half stored."""
    from lantai.capture.api import SubmissionItem
    from lantai.core.settings import home
    from lantai.ledger.api import Entry
    from lantai.records.api import Document, Record
    from lantai.transfer.api import Handover, seals_hold
    from lantai.vault.api import VaultObject, open_document

    found = []
    subject = f"submission:{submission_id}"
    records = Record.objects.filter(created_in=subject)
    if sorted(records.values_list("title", flat=True)) != sorted(
        f"关于第{trial * 100 + n}号水利工程验收的通知" for n in range(ITEMS)
    ):
        found.append(f"records are {list(records.values_list('title', flat=True))}")
    states = list(SubmissionItem.objects.filter(submission=submission_id).values_list("state", flat=True))
    if (states.count("accepted"), states.count("returned")) != (ITEMS, 1):
        found.append(f"items are {states}")
    if set(records.values_list("state", "number_state")) != {("held", "locked")}:
        found.append("not everything is held and locked")
    if VaultObject.objects.filter(record__in=records).count() != ITEMS:
        found.append("not every record has its object")
    found += [
        f"{document.id} is not whole"
        for document in Document.objects.filter(record__in=records)
        if open_document(document).stat().st_size != document.size_bytes
    ]
    created = sum(Entry.objects.filter(subject=subject, act="records.create").values_list("count", flat=True))
    if created != ITEMS:
        found.append(f"the ledger tells of {created} records")
    for act in ("capture.finish", "transfer.receive"):
        told = Entry.objects.filter(subject__in=(subject, f"handover:{handover_id}"), act=act).count()
        if told != 1:
            found.append(f"{act} is told {told} times")
    if set(seals_hold(Handover.objects.get(id=handover_id)).values()) != {True}:
        found.append("a seal does not hold")
    if (home() / "intake" / submission_id).exists():
        found.append("the intake was left over")
    return [f"trial {trial}: {text}" for text in found]


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))

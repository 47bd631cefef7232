"""Kills real ingesting processes with ``kill -9`` and holds the vault to its word each time.

Run as a program by ``test_killed_ingest`` on a data folder and a database of its own: Django is
set up once, each victim is a fork of it. Prints one JSON object.
"""

import json
import os
import random
import signal
import sys
import time

import django

STORES = ("use", "backup-near", "backup-far")
PER_TRIAL = 6


def main(kills, seed):
    django.setup()
    from django.core.management import call_command
    from django.db import connection

    from lantai.core.events import subscribe
    from lantai.core.settings import home
    from lantai.vault.api import RecordsIngested, recover

    subscribe(RecordsIngested, "vault.test", lambda news: None)
    call_command("migrate", verbosity=0)
    chance = random.Random(seed)
    result = {
        "seed": seed,
        "trials": 0,
        "kills": 0,
        "mid_batch": 0,
        "kept": 0,
        "taken_back": 0,
        "problems": [],
    }
    duration_s = undisturbed()
    batches = []
    while result["kills"] < kills and result["trials"] < 3 * kills:
        batches.append(make_records())
        connection.close()
        delay_s = chance.uniform(0, duration_s)
        result["trials"] += 1
        result["kills"] += kill_while(lambda: work(batches[-1]), delay_s)
        result["mid_batch"] += any((home() / "vault" / "journal").iterdir())
        recovered = recover()
        result["kept"] += recovered.kept
        result["taken_back"] += recovered.taken_back
        result["problems"] += [f"after {delay_s:.4f} s: {text}" for text in problems(batches[-1])]
    for record_ids in batches:
        work(record_ids)
    result["problems"] += problems_at_the_end()
    sys.stdout.write(json.dumps(result) + "\n")


def make_records():
    """A batch's worth: four records with content, two catalogue entries."""
    from .factories import record, records

    return [row.id for row in [*records(PER_TRIAL - 2), *(record(title="目录条目") for _ in range(2))]]


def work(record_ids):
    """Ingests what is not there yet in two batches, then writes a second version of each."""
    from lantai.core.actors import SYSTEM
    from lantai.records.api import Record
    from lantai.vault.api import IngestItem, add_version, ingest

    for ids in (record_ids[:3], record_ids[3:]):
        ingest([IngestItem(record_id) for record_id in ids], SYSTEM)
    Record.objects.filter(id__in=record_ids).update(responsible="云州市人民政府")
    add_version(record_ids, SYSTEM, "补充责任者")


def undisturbed():
    """How long the work takes when nobody kills it, seconds."""
    record_ids = make_records()
    started = time.monotonic()
    work(record_ids)
    return time.monotonic() - started


def kill_while(function, delay_s):
    """Runs a function in a child and kills it after a while; returns whether it was still at work."""
    child = os.fork()
    if not child:
        try:
            function()
        finally:
            os._exit(0)
    time.sleep(delay_s)
    os.kill(child, signal.SIGKILL)
    _pid, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def problems(record_ids):
    """Whatever is half stored after recovery, on any store."""
    from lantai.vault.models import SegmentEntry, VaultObject

    found = leftovers()
    rows = list(VaultObject.objects.filter(record_id__in=record_ids))
    rows += list(VaultObject.objects.filter(entries__record_id__in=record_ids).distinct())
    known = set(VaultObject.objects.values_list("object_path", flat=True))
    entries = set(SegmentEntry.objects.filter(record_id__in=record_ids).values_list("record_id", flat=True))
    stored = {row.record_id for row in rows if row.record_id} | entries
    for half in (record_ids[:3], record_ids[3:]):
        if 0 < len(stored & set(half)) < len(half):
            found.append("half a batch is stored")
    for key in STORES:
        found += wrong_objects(key, rows, known)
    return found


def leftovers():
    from lantai.core.settings import home

    vault = home() / "vault"
    left = [path.name for path in (vault / "journal").iterdir()]
    left += [str(path) for key in STORES for path in (vault / key / "staging").rglob("*") if path.is_file()]
    return [f"left over: {name}" for name in left]


def wrong_objects(key, rows, known):
    """Objects without a row, rows without an object, objects that are not whole."""
    from lantai.vault.ocfl_validation import check_object
    from lantai.vault.stores import open_store

    store = open_store(key)
    standing = set(store.object_paths())
    found = [f"{key}: object without a row {path}" for path in standing - known]
    found += [f"{key}: row without an object {path}" for path in known - standing]
    for row in rows:
        checked = check_object(store.object_files(row.object_path))
        found += [f"{key}: {row.object_path}: {problem}" for problem in checked.problems]
        if checked.inventory_sha512 != row.inventory_sha512:
            found.append(f"{key}: {row.object_path}: version {row.version} is not what stands there")
        copies = list(row.copies.values_list("store", "version", "state"))
        if sorted(copies) != sorted((store_key, row.version, "verified") for store_key in STORES):
            found.append(f"{row.object_path}: copies are {copies}")
    return found


def problems_at_the_end():
    """Every record is in, once, and ledger and outbox tell of it once."""
    from lantai.core.models import OutboxMessage
    from lantai.ledger.api import Entry
    from lantai.records.api import Record
    from lantai.vault.models import SegmentEntry, VaultObject

    found = leftovers()
    every = set(Record.objects.values_list("id", flat=True))
    rows = list(VaultObject.objects.all())
    stored = [row.record_id for row in rows if row.record_id]
    stored += SegmentEntry.objects.values_list("record_id", flat=True)
    if sorted(stored) != sorted(every):
        found.append(f"{len(every)} records, {len(stored)} stored")
    told = [record_id for message in OutboxMessage.objects.filter(consumer="vault.test")
            for record_id in message.payload["record_ids"]]  # fmt: skip
    if sorted(told) != sorted(map(str, every)):
        found.append(f"{len(every)} records, {len(told)} told in the outbox")
    counted = sum(Entry.objects.filter(act="vault.ingest").values_list("count", flat=True))
    if counted != len(every):
        found.append(f"{len(every)} records, {counted} in the ledger")
    known = {row.object_path for row in rows}
    for key in STORES:
        found += wrong_objects(key, rows, known)
    return found


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))

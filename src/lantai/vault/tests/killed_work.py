"""Kills replication, repair and disposal with ``kill -9`` and looks at every byte each time.

Run as a program by ``test_killed_work`` and by ``python -m lantai.vault.tests.killed_work KILLS
SEED`` on a data folder of its own. Prints one JSON object: for each kind of work how often it was
killed and every problem that was found afterwards.
"""

import json
import random
import sys
import time

import django

from lantai.vault.tests.killed_ingest import kill_while, leftovers, wrong_objects

STORES = ("use", "backup-near", "backup-far")
RECORDS = 6


def main(kills, seed):
    django.setup()
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", verbosity=0)
    chance = random.Random(seed)
    result = {"seed": seed, "problems": [], "work": {}}
    for name, (spoil, work, check) in KINDS.items():
        durations, done, killed, trials = [], {"kills": 0, "interrupted": 0}, 0, 0
        while killed < kills and trials < 3 * kills:
            rows = stored()
            spoil(rows, chance)
            started = time.monotonic()
            if len(durations) < 2:  # the first is slower: much is imported only now
                work(rows)
                durations.append(time.monotonic() - started)
                continue
            connection.close()
            delay_s = chance.uniform(0, durations[1])
            trials += 1
            killed += kill_while(lambda rows=rows: work(rows), delay_s)  # noqa: B023
            done["interrupted"] += settle(rows, work)
            found = [*leftovers(), *check(rows)]
            result["problems"] += [f"{name} after {delay_s:.4f} s: {text}" for text in found]
        done["kills"] = killed
        result["work"][name] = done
    sys.stdout.write(json.dumps(result) + "\n")


def stored():
    """Six records that stand verified on three stores."""
    from lantai.core.actors import SYSTEM
    from lantai.vault.api import IngestItem, ingest

    from .factories import records

    rows = records(RECORDS)
    ingest([IngestItem(row.id) for row in rows], SYSTEM)
    return rows


def settle(rows, work):
    """What the next start does: recover, and take up the work again. Whether a batch was open."""
    from lantai.core.settings import home
    from lantai.vault.api import recover

    is_open = any((home() / "vault" / "journal").iterdir())
    recover()
    work(rows)
    return is_open


def objects_of(rows):
    from lantai.vault.models import VaultObject

    return list(VaultObject.objects.filter(record_id__in=[row.id for row in rows]))


def lose_a_store(rows, _chance):
    """As if a backup had been away during the ingest."""
    import shutil

    from lantai.vault.models import Copy
    from lantai.vault.stores import open_store

    store = open_store("backup-far")
    for row in objects_of(rows):
        shutil.rmtree(store.object_files(row.object_path).local_path(""))
    Copy.objects.filter(object__in=objects_of(rows), store="backup-far").update(state="pending", version=0)


def replicate_all(_rows):
    from lantai.vault.api import replicate

    replicate("backup-far")


def damage_files(rows, chance):
    """A flipped bit, a cut, a deletion or a swap in one copy of each object."""
    from lantai.vault.api import audit
    from lantai.vault.stores import open_store

    for row in objects_of(rows):
        files = open_store(chance.choice(STORES)).object_files(row.object_path)
        path = files.local_path(chance.choice(sorted(files.paths())))
        content = path.read_bytes()
        place = chance.randrange(len(content))
        match chance.randrange(4):
            case 0:
                path.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
            case 1:
                path.write_bytes(content[:place])
            case 2:
                path.unlink()
            case _:
                path.write_bytes(content[::-1] + b"swapped")
    found = sum(audit(key).damaged for key in STORES)
    if found != len(rows):
        raise SystemExit(f"{len(rows)} copies damaged, {found} found")


def repair_all(_rows):
    from lantai.vault.api import repair

    repair()


def order_erasure(rows, _chance):
    from lantai.core.actors import SYSTEM
    from lantai.vault.api import erase

    erase(record_ids=[row.id for row in rows], kind="disposal", basis="disposal:test", actor=SYSTEM)


def erase_all(_rows):
    from lantai.core.actors import SYSTEM
    from lantai.vault.api import finish_erasures

    finish_erasures(SYSTEM)


def whole(rows):
    """Every object of the rows stands, as the database says, on every store."""
    from lantai.vault.models import VaultObject

    known = set(VaultObject.objects.values_list("object_path", flat=True))
    return [text for key in STORES for text in wrong_objects(key, objects_of(rows), known)]


def gone(rows):
    """Nothing of the content is left anywhere; tombstones stand on every store."""
    from lantai.core.settings import home

    found = whole(rows)
    names = {str(document.id) for row in rows for document in row.documents.all()}
    for key in STORES:
        paths = (home() / "vault" / key).rglob("documents/*")
        found += [f"{key}: {path} is still there" for path in paths if path.stem in names]
    found += [f"{row.object_path} is {row.state}" for row in objects_of(rows) if row.state != "erased"]
    return found


KINDS = {
    "replication": (lose_a_store, replicate_all, whole),
    "repair": (damage_files, repair_all, whole),
    "disposal": (order_erasure, erase_all, gone),
}


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))

"""Two writers place the same version of one object at the same moment: one wins cleanly, nothing is torn."""

import hashlib
import os
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from lantai.core.errors import Conflict
from lantai.vault.stores import Placement, declared_stores, open_store

from .test_store_contract import PATH, _stage, _tree, s3_facts

ROUNDS = 12


def two_processes(works):
    """Exit statuses of two forks that begin together."""
    wait, go = os.pipe()
    children = []
    for work in works:
        child = os.fork()
        if not child:
            try:
                os.close(go)
                os.read(wait, 1)  # ends for both when the parent closes its end
                work()
                os._exit(0)
            except Conflict:
                os._exit(1)
            except BaseException:  # noqa: BLE001 - a child must never return into the test
                os._exit(2)
        children.append(child)
    os.close(wait)
    os.close(go)
    return [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]


def two_threads(works):
    """The same with a thread for each, as two clients of one server."""
    barrier = Barrier(2)

    def run(work):
        barrier.wait()
        try:
            work()
        except Conflict:
            return 1
        return 0

    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(run, works))


def race(opened, together, version):
    """Both stage a version of their own, and place it; returns each one's files and how it fared."""
    placements = []
    for number, store in enumerate(opened):
        store.begin(f"b{number}")
        placements.append(
            _stage(store, f"s{number}", version, f"{number} {version}".encode() * 5000, f"b{number}")
        )
    staged = [_tree(store.staged(f"b{number}", f"s{number}")) for number, store in enumerate(opened)]
    fared = together([
        lambda store=store, number=number: store.place(f"b{number}", placements[number])
        for number, store in enumerate(opened)
    ])  # fmt: skip
    for number, store in enumerate(opened):
        if fared[number]:
            store.take_back(placements[number])  # what a batch does that failed
        store.discard(f"b{number}")
    return staged, fared


def check(store, staged, fared):
    assert sorted(fared) == [0, 1]
    winner = staged[fared.index(0)]
    standing = _tree(store.object_files(PATH))
    assert {path: standing[path] for path in winner} == winner
    return standing


def contend(open_one, together):
    stores = [open_one(), open_one()]
    for _round in range(ROUNDS):
        first = check(stores[0], *race(stores, together, 1))
        second = check(stores[0], *race(stores, together, 2))
        assert set(second) - set(first) == {path for path in second if path.startswith("v2/")}
        for placement_version in (2, 1):
            _take_back(stores[0], placement_version)
        assert list(stores[0].object_paths()) == []


def _take_back(store, version):
    with store.object_files(PATH).open(f"v{version}/inventory.json") as source:
        digest = hashlib.sha512(source.read()).hexdigest()
    store.take_back(Placement("end", PATH, version, digest))


@pytest.mark.requirement("Z35")
def test_of_two_processes_on_one_folder_one_wins_cleanly():
    declared_stores()

    def open_one():
        store = open_store("backup-far")
        store.require_ready()
        return store

    contend(open_one, two_processes)


@pytest.mark.services
@pytest.mark.requirement("Z35")
def test_of_two_clients_of_one_bucket_one_wins_cleanly():
    from lantai.vault.adapters.s3 import S3Store

    facts = s3_facts()

    def open_one():
        store = S3Store(facts)
        store.require_ready()
        return store

    contend(open_one, two_threads)

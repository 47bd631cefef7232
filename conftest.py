"""No sockets to the outside; the data folder is made by ``lantai.core.tests.data_folder``."""

import json
import os
import shutil
import socket
from ipaddress import ip_address
from pathlib import Path

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as trials

_connect = socket.socket.connect
# How fast inputs are made says how busy the machine is, nothing of what is tested.
trials.register_profile("on_a_busy_machine", suppress_health_check=[HealthCheck.too_slow], deadline=None)
trials.load_profile("on_a_busy_machine")


def _local_only(self, address):
    if isinstance(address, tuple):
        host = "127.0.0.1" if address[0] == "localhost" else address[0]
        if not ip_address(host).is_loopback:
            raise RuntimeError(f"a test tried to reach {address}")
    return _connect(self, address)


@pytest.fixture(autouse=True, scope="session")
def _closed_to_the_outside():
    socket.socket.connect = _local_only
    yield
    socket.socket.connect = _connect


@pytest.fixture(scope="session")
def django_db_keepdb(django_db_modify_db_settings):  # noqa: ARG001 - it names the database first
    """Has Django take the migrated database that is put here; on a server it migrates one of its own."""
    from django.conf import settings

    from lantai.core.tests.migrated import put_migrated

    chosen = settings.DATABASES["default"]
    if chosen["ENGINE"] != "django.db.backends.sqlite3":
        return False
    put_migrated(Path(chosen["TEST"]["NAME"]))
    return True


@pytest.fixture(autouse=True, scope="session")
def _append_only_tables_may_be_emptied_between_tests():
    from django.db.backends.base.operations import BaseDatabaseOperations

    from lantai.ledger.tests.flushing import flush_with_triggers_lifted

    original = BaseDatabaseOperations.execute_sql_flush
    BaseDatabaseOperations.execute_sql_flush = flush_with_triggers_lifted(original)
    yield
    BaseDatabaseOperations.execute_sql_flush = original


@pytest.fixture(autouse=True)
def _each_test_begins_a_ledger_of_its_own():
    yield
    folder = Path(os.environ["LANTAI_HOME"])
    for evidence in (folder / "ledger", *folder.glob("vault/*/ledger")):
        shutil.rmtree(evidence, ignore_errors=True)


@pytest.fixture(autouse=True, scope="session")
def _passwords_are_hashed_with_the_least_work():
    from django.test import override_settings

    with override_settings(PASSWORD_HASHERS=["lantai.institutions.tests.hashing.QuickArgon2"]):
        yield


@pytest.fixture(autouse=True)
def _each_test_begins_in_the_language_of_the_house():
    from django.utils import translation

    translation.deactivate()


@pytest.fixture(autouse=True, scope="session")
def ocfl_witness(_closed_to_the_outside):
    """The reference library, which judges every object any test writes."""
    from lantai.vault.tests.ocfl_reference import Witness

    with pytest.MonkeyPatch.context() as patch:
        witness = Witness()
        witness.watch(patch)
        yield witness


@pytest.fixture(autouse=True)
def _every_object_written_is_valid(ocfl_witness):
    yield
    if told := ocfl_witness.told():
        pytest.fail("ocfl-py refuses what this test wrote:\n" + "\n".join(told))


@pytest.fixture
def no_scanner(monkeypatch):
    """An instance without a virus scanner: what only a person can say waits for a person."""
    monkeypatch.delenv("LANTAI_CLAMD", raising=False)


NO_SERVER_HAS_A_PART_IN = (
    "src/lantai/bench/tests/test_measure.py",
    "src/lantai/bench/tests/test_vault.py",
    "src/lantai/config/tests/test_cli.py",
    "src/lantai/config/tests/test_serve.py",
    "src/lantai/formats",
    "src/lantai/packages",
    "tests/architecture",
    "tests/conformance",
    "tests/upgrade",
)
"""Where tests ask a server only if they are marked, or start processes without one; `make test` ran the others."""


def pytest_xdist_auto_num_workers():
    """One more than there are cores: tests wait for processes of their own, and for servers."""
    return (os.cpu_count() or 1) + 1


def pytest_addoption(parser):
    parser.addoption("--conformance", help="write which tests prove which requirement to this file, as JSON")
    parser.addoption("--on-servers", action="store_true", help="leave out what no server has a part in")


def pytest_collection_modifyitems(config, items):
    if not config.getoption("--on-servers"):
        return
    same_anywhere = [
        item
        for item in items
        if item.path.relative_to(config.rootpath).as_posix().startswith(NO_SERVER_HAS_A_PART_IN)
        and not any(item.get_closest_marker(name) for name in ("services", "django_db"))
    ]
    config.hook.pytest_deselected(items=same_anywhere)
    left = [item for item in items if item not in set(same_anywhere)]
    # Files that wait for servers go first: one of six minutes must not be begun when all others are done.
    waiting = {item.path for item in left if item.get_closest_marker("services")}
    items[:] = sorted(left, key=lambda item: item.path not in waiting)


def pytest_collection_finish(session):
    target = session.config.getoption("--conformance")
    if not target:
        return
    proofs = {}
    for item in session.items:
        for mark in item.iter_markers("requirement"):
            for requirement in mark.args:
                proofs.setdefault(requirement, set()).add(item.nodeid.partition("[")[0])
    Path(target).write_text(
        json.dumps({name: sorted(tests) for name, tests in proofs.items()}, ensure_ascii=False),
        encoding="utf-8",
    )

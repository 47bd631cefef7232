"""A real clamd: started by scripts/test-services.sh, with a handwritten signature of the test file."""

import os

import pytest

from lantai.core.findings import Outcome
from lantai.inspection.adapters.clamd import Clamd

from .factories import finding, inspect, item, outcomes

ADDRESS = os.environ.get("LANTAI_CLAMD", "")
pytestmark = [
    pytest.mark.services,
    pytest.mark.skipif(not ADDRESS, reason="LANTAI_CLAMD names no clamd"),
]
TEST_VIRUS = ("X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + "EICAR-STANDARD-ANTIVIRUS-TEST-FILE!" + "$H+H*").encode()


@pytest.fixture
def file(tmp_path):
    def write(name, content):
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return write


def test_it_tells_its_version():
    assert Clamd(ADDRESS).version().startswith("ClamAV")


@pytest.mark.requirement("DA/T 70 GD-4-2")
def test_the_test_virus_is_found_and_a_clean_file_is_clean(file):
    assert Clamd(ADDRESS).scan(file("virus.txt", TEST_VIRUS)).virus
    clean = Clamd(ADDRESS).scan(file("clean.txt", "清白".encode()))
    assert not clean.virus
    assert not clean.problem


def test_a_file_over_the_daemons_limit_is_never_called_clean(file):
    path = file("large.bin", b"")
    os.truncate(path, 101 * 2**20)
    found = Clamd(ADDRESS).scan(path)
    assert not found.virus
    assert found.problem


@pytest.mark.requirement("DA/T 70 GD-4-2")
def test_with_a_scanner_a_clean_package_waits_for_nobody(tmp_path, monkeypatch):
    monkeypatch.setenv("LANTAI_CLAMD", ADDRESS)
    report = inspect(tmp_path, item(tmp_path))
    assert outcomes(report, "sec.av.scan") == {"pass"}
    assert report.verdict == Outcome.PASS


def test_with_a_scanner_an_infected_item_is_returned(tmp_path, monkeypatch, file):
    monkeypatch.setenv("LANTAI_CLAMD", ADDRESS)
    report = inspect(tmp_path, item(tmp_path, {"正文.txt": file("virus.txt", TEST_VIRUS)}, 页数=1))
    assert finding(report, "sec.av.scan").outcome == Outcome.FAIL

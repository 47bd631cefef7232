"""A keystore that vanished is missed: no head is signed with a key nobody chose."""

import pytest

from lantai.core import seals
from lantai.core.errors import Unavailable
from lantai.core.findings import Outcome
from lantai.core.seals import signing
from lantai.ledger.api import check_keystore, head, sequence_pending
from lantai.ledger.heads import PURPOSE

from .factories import write_entries

pytestmark = pytest.mark.django_db


@pytest.fixture
def moved(tmp_path, monkeypatch):
    """What is left when the folder of the keystore is not the one it was."""

    def move():
        monkeypatch.setattr(signing, "home", lambda: tmp_path)
        monkeypatch.setattr(signing, "_opened", {})

    return move


def test_a_keystore_that_vanished_stops_the_signing_and_loses_no_entry(moved):
    write_entries(5)
    before = head()
    moved()
    with pytest.raises(Unavailable, match="密钥库文件不见了"):
        write_entries(2)
    assert check_keystore().outcome is Outcome.FAIL
    assert head() == before
    seals.default_keys().create(PURPOSE, subject_name="东屿市档案馆")
    assert sequence_pending() == 2
    assert head().size == before.size + 2
    assert check_keystore().outcome is Outcome.PASS


def test_before_the_first_head_a_keystore_is_made(moved):
    moved()
    assert check_keystore().outcome is Outcome.PASS
    write_entries(1)
    assert head().size == 1

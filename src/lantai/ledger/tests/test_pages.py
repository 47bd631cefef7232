import pytest
from django.test import RequestFactory
from django.urls import resolve, reverse

from lantai.core import ports
from lantai.core.actors import Actor
from lantai.core.errors import Forbidden, NotFound
from lantai.core.findings import Outcome, verdict
from lantai.core.identifiers import new_id
from lantai.core.jobs import run_inline
from lantai.ledger import paging
from lantai.ledger.api import Entry, Proof, append, head
from lantai.ledger.models import Leaf

from .factories import CLERK, tampering, write_entries

pytestmark = pytest.mark.django_db

AUDITOR = Actor(id=str(new_id()), name="审计员", roles=frozenset({"audit_officer"}), via="web")


class Readers:
    """Answers as ``config/access.toml`` declares."""

    def allows(self, actor, act, scope):
        return act in {"ledger.read", "ledger.verify"} and "audit_officer" in actor.roles


@pytest.fixture(autouse=True)
def _readers(monkeypatch):
    monkeypatch.setattr(ports, "_authorisers", [Readers()])


def get(name, *args, actor=AUDITOR, query="", method="get"):
    path = reverse(f"ledger:{name}", args=args)
    request = getattr(RequestFactory(), method)(path + query)
    request.actor = actor
    found = resolve(path)
    return found.func(request, *found.args, **found.kwargs)


def test_an_empty_ledger_says_so():
    assert "还没有存证" in get("entries").content.decode()
    assert "还没有树首" in get("head").content.decode()


def test_entries_are_listed_newest_first_and_paged_by_key(monkeypatch):
    monkeypatch.setattr(paging, "SIZE", 4)
    entries = [str(entry.id) for entry in write_entries(10)]
    expected = entries[::-1]
    pages, query = [], {}
    while True:
        page = paging.read_page(Entry.objects.all(), **query)
        pages.append([str(entry.id) for entry in page])
        if not page.next:
            break
        query = {"before": page.next}
    assert pages == [expected[:4], expected[4:8], expected[8:]]
    back = paging.read_page(Entry.objects.all(), after=page.previous)
    assert [str(entry.id) for entry in back] == expected[4:8]
    assert (
        paging.read_page(Entry.objects.all(), before="nonsense").items[0].id == Entry.objects.latest("id").id
    )


def test_a_cursor_past_the_newest_entry_gives_an_empty_page():
    entry = write_entries(1)[0]
    assert paging.read_page(Entry.objects.all(), after=str(entry.id)).items == []


def test_the_acts_on_one_subject_are_found():
    write_entries(3)
    text = get("entries", query="?subject=record:1").content.decode()
    assert "record:1" in text
    assert "record:2" not in text
    assert "没有对这个对象的操作" in get("entries", query="?subject=record:9").content.decode()


@pytest.mark.requirement("Z70")
def test_an_entry_is_shown_with_its_proof_drawn_to_the_signed_root():
    entries = write_entries(11)
    for entry in (entries[0], entries[6], entries[10]):
        text = get("entry", entry.id).content.decode()
        assert "未被改动" in text
        root = head().signed.root.hex()
        assert " ".join(root[at : at + 8] for at in range(0, 64, 8)) in text


def test_the_proof_file_verifies_offline():
    entry = write_entries(7)[3]
    response = get("proof", entry.id)
    assert response["Content-Disposition"].startswith("attachment")
    assert verdict(Proof.from_json(response.content).check()) is Outcome.PASS


def test_an_entry_that_waits_for_its_place_is_shown_without_a_proof():
    entry = append(act="record.capture", actor=CLERK, subject="record:1")
    assert "几秒之内排入" in get("entry", entry.id).content.decode()
    assert "待排" in get("entries").content.decode()


def test_an_entry_that_was_changed_is_shown_as_changed():
    entry = write_entries(5)[2]
    with tampering() as cursor:
        cursor.execute("UPDATE ledger_entry SET act = 'record.open'")
    assert "与签章的树首不符" in get("entry", entry.id).content.decode()


def test_the_head_is_shown_with_its_seal_and_where_it_is_kept():
    write_entries(5)
    text = get("head").content.decode()
    assert "签章有效" in text
    assert "到第 5 条" in text


def test_a_verification_shows_its_report():
    write_entries(5)
    job = run_inline("ledger.verify", AUDITOR)
    text = get("verification", job.id).content.decode()
    assert "存证完整" in text
    assert "完整" in get("verify").content.decode()


def test_a_verification_that_found_something_names_the_first_bad_entry():
    write_entries(5)
    entry = Leaf.objects.get(index=2).entry
    with tampering() as cursor:
        cursor.execute("UPDATE ledger_entry SET act = 'record.open'")
    job = run_inline("ledger.verify", AUDITOR)
    assert job.result["first_bad_index"] == 0
    text = get("verification", job.id).content.decode()
    assert "第一条不符：序号 0" in text
    assert str(entry.id) in text


def test_starting_a_verification_leads_to_its_progress():
    response = get("verify", method="post")
    assert response.status_code == 302
    job_id = response.url.rpartition("/")[2]
    assert "hx-get" in get("verification", job_id).content.decode()


@pytest.mark.parametrize("name", ["entries", "head", "verify"])
def test_who_may_not_read_the_ledger_is_refused(name):
    with pytest.raises(Forbidden):
        get(name, actor=CLERK)


def test_an_unknown_entry_or_verification_is_not_found():
    for name in ("entry", "proof", "verification"):
        with pytest.raises(NotFound):
            get(name, new_id())

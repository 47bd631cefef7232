"""Events reach every consumer, whatever commits, fails or dies in between."""

import json
import sqlite3
import threading
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

import pytest
from django.db import connection, transaction
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from lantai.core import events
from lantai.core.events import DomainEvent, backlog, deliver_pending, publish, subscribe
from lantai.core.identifiers import new_id
from lantai.core.locks import exclusive
from lantai.core.models import OutboxMessage


class Colour(StrEnum):
    RED = "red"


@dataclass(frozen=True)
class BoxOpened(DomainEvent):
    record_ids: tuple[UUID, ...]
    what: str = ""


@dataclass(frozen=True)
class LidClosed(DomainEvent):
    on: date
    at: datetime
    ids: list[UUID]
    colour: Colour
    count: int | None = None


@pytest.fixture(autouse=True)
def handlers(monkeypatch):
    monkeypatch.setattr(events, "_handlers", {})


def publish_now(*happened):
    with transaction.atomic():
        for event in happened:
            publish(event)


def make_due():
    OutboxMessage.objects.update(next_try_at=timezone.now() - timedelta(seconds=1))


@pytest.mark.django_db(transaction=True)
def test_publishing_outside_a_transaction_is_refused():
    subscribe(BoxOpened, "a", lambda batch: None)
    with pytest.raises(RuntimeError, match="outside a transaction"):
        publish(BoxOpened(()))


@pytest.mark.django_db(transaction=True)
def test_what_is_rolled_back_is_never_told():
    subscribe(BoxOpened, "a", lambda batch: None)
    with transaction.atomic():
        publish(BoxOpened((new_id(),)))
        assert OutboxMessage.objects.exists()
        transaction.set_rollback(True)
    assert not OutboxMessage.objects.exists()


@pytest.mark.django_db
def test_every_consumer_is_given_its_events_once_oldest_first():
    given_a, given_b = [], []
    subscribe(BoxOpened, "a", given_a.append)
    subscribe(BoxOpened, "b", given_b.append)
    happened = [BoxOpened((new_id(), new_id()), what=str(n)) for n in range(5)]
    publish_now(*happened)
    assert deliver_pending() == 10
    assert given_a == given_b == [happened]
    assert deliver_pending() == 0
    assert not OutboxMessage.objects.exists()


@pytest.mark.django_db
def test_types_stay_in_order_and_apart():
    given = []
    subscribe(BoxOpened, "a", lambda batch: given.append([type(e) for e in batch]))
    subscribe(LidClosed, "a", lambda batch: given.append([type(e) for e in batch]))
    lid = LidClosed(date(1949, 10, 1), datetime(2026, 1, 1, tzinfo=UTC), [], Colour.RED)
    publish_now(BoxOpened(()), BoxOpened(()), lid, BoxOpened(()))
    deliver_pending()
    assert given == [[BoxOpened, BoxOpened], [LidClosed], [BoxOpened]]


@pytest.mark.django_db
def test_a_failing_consumer_waits_longer_each_time_and_blocks_nobody():
    taken = []

    def fail(batch):
        raise ValueError("index locked")

    subscribe(BoxOpened, "a.broken", fail)
    subscribe(BoxOpened, "b.sound", taken.extend)
    publish_now(BoxOpened(()), BoxOpened(()))
    assert deliver_pending() == 2
    assert len(taken) == 2
    waits = []
    for _ in range(3):
        message = OutboxMessage.objects.order_by("id").first()
        waits.append(message.next_try_at - timezone.now())
        assert "index locked" in message.error
        assert deliver_pending() == 0
        make_due()
        deliver_pending()
    assert waits[0] < waits[1] < waits[2]
    assert [(row.consumer, row.messages, row.failing) for row in backlog()] == [("a.broken", 2, 2)]


@pytest.mark.django_db
def test_one_bad_event_does_not_hold_back_the_others_of_its_consumer():
    taken = []

    def take(batch):
        if any(event.what == "bad" for event in batch):
            raise ValueError("bad")
        taken.extend(event.what for event in batch)

    subscribe(BoxOpened, "a", take)
    publish_now(*(BoxOpened((), what=what) for what in ("1", "bad", "2")))
    assert deliver_pending() == 0
    make_due()
    assert deliver_pending() == 2
    assert taken == ["1", "2"]


@pytest.mark.django_db
def test_a_consumer_that_is_served_elsewhere_is_left_alone():
    given = []
    subscribe(BoxOpened, "a", given.append)
    publish_now(BoxOpened(()))
    held, release = threading.Event(), threading.Event()

    def elsewhere():
        with exclusive("outbox.a") as got:
            assert got
            held.set()
            release.wait(10)
        connection.close()

    thread = threading.Thread(target=elsewhere)
    thread.start()
    assert held.wait(10)
    assert deliver_pending() == 0
    release.set()
    thread.join()
    assert deliver_pending() == 1
    assert len(given) == 1


@given(
    st.builds(
        LidClosed,
        on=st.dates(),
        at=st.datetimes(timezones=st.just(UTC)),
        ids=st.lists(st.uuids(), max_size=5),
        colour=st.sampled_from(Colour),
        count=st.none() | st.integers(),
    )
)
def test_an_event_comes_back_as_it_went(event):
    assert events._decode(event.event_type, json.loads(events._encode(event))) == event


@pytest.mark.django_db(transaction=True)
def test_what_was_taken_waits_to_be_deleted_while_there_is_more_to_take():
    if connection.vendor != "sqlite":
        pytest.skip("only SQLite has one writer for all tables")
    writer = sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)
    given = []

    def take(batch):
        given.extend(batch)
        writer.execute("BEGIN IMMEDIATE" if len(given) == 1 else "ROLLBACK")

    subscribe(BoxOpened, "a", take)
    publish_now(BoxOpened((), what="first"), BoxOpened((), what="second"))
    with closing(writer):
        assert deliver_pending(limit=1) == 2
    assert [event.what for event in given] == ["first", "second"]
    assert not OutboxMessage.objects.exists()
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout")
        assert cursor.fetchone()[0] > 0

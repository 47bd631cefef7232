"""Domain events with a transactional outbox.

A context tells those above it what happened by publishing an event in the transaction in which
it happened. One outbox row is written for every consumer and deleted when that consumer has
taken it: nothing is ever counted past, so no order of commits can skip a message.

A handler is given what waits for it as a list, oldest first, outside any transaction, and must
be idempotent: after a crash it is given the same events again.
"""

from __future__ import annotations

import math
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, ClassVar, TypeVar
from uuid import UUID

import msgspec
import structlog
from django.db import OperationalError, connection
from django.db.models import Count, JSONField, Min, Q, TextField, Value
from django.db.models.functions import Cast
from django.utils import timezone

from .locks import exclusive

log = structlog.get_logger("lantai.events")

MAX_WAIT_S = 3600
"""The longest pause between two tries to deliver, seconds."""
MOST_STANDING = 1_000
"""Messages that were taken and may wait to be deleted until the database has a moment."""

_types: dict[str, type[DomainEvent]] = {}
_handlers: dict[tuple[str, str], Callable[[Sequence[Any]], None]] = {}


@dataclass(frozen=True)
class DomainEvent:
    """Something that happened, in the past tense. Subclasses are frozen dataclasses.

    Fields are strings, numbers, booleans, UUIDs, dates, enumerations, and lists or tuples of
    those; a record is named by its id, never carried.
    """

    event_type: ClassVar[str]

    def __init_subclass__(cls) -> None:
        context = cls.__module__.removeprefix("lantai.").split(".")[0]
        cls.event_type = f"{context}.{cls.__name__}"
        _types[cls.event_type] = cls


Event = TypeVar("Event", bound=DomainEvent)


def subscribe(event: type[Event], consumer: str, handler: Callable[[Sequence[Event]], None]) -> None:
    """Hands every event of a type, published from now on, to a consumer.

    Called once in the consuming context's ``AppConfig.ready``.

    Args:
        event: the type of event.
        consumer: stable name of who consumes, such as ``search.index``; it is stored.
        handler: takes the events that wait, oldest first; must be idempotent.
    """
    _handlers[event.event_type, consumer] = handler


def publish(event: DomainEvent) -> None:
    """Writes the event to the outbox, one row a consumer, in the caller's transaction.

    Raises:
        RuntimeError: no transaction is open, so the event could outlive what it tells of.
    """
    from .models import OutboxMessage

    if not connection.in_atomic_block:
        raise RuntimeError(f"{event.event_type} published outside a transaction")
    # Written out once, not by the field for every consumer: an import tells of a million records.
    payload = Cast(Value(_encode(event), TextField()), JSONField())
    OutboxMessage.objects.bulk_create(
        OutboxMessage(consumer=consumer, event_type=event_type, payload=payload)
        for event_type, consumer in _handlers
        if event_type == event.event_type
    )


def deliver_pending(consumer: str | None = None, limit: int = 200) -> int:
    """Delivers what is due and returns how many messages were taken.

    Several processes may call this at once: each consumer is served by one of them at a time.
    A handler that fails is tried again with growing pauses and holds back nobody else.

    Args:
        consumer: serve this one alone.
        limit: messages given to a handler at a time.
    """
    from .models import OutboxMessage

    waiting = OutboxMessage.objects.filter(_is_due())
    if consumer is not None:
        waiting = waiting.filter(consumer=consumer)
    delivered = 0
    for name in sorted(set(waiting.values_list("consumer", flat=True).order_by().distinct())):
        with exclusive(f"outbox.{name}") as held:
            if held:
                delivered += _serve(name, limit)
    return delivered


@contextmanager
def undelivered(consumer: str) -> Iterator[None]:
    """Nothing is delivered to a consumer meanwhile; begins when what is being delivered is taken."""
    with exclusive(f"outbox.{consumer}", wait_s=math.inf):
        yield


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits in the outbox for one consumer."""

    consumer: str
    messages: int
    oldest_at: datetime
    failing: int


def backlog() -> list[Backlog]:
    """What waits, by consumer; ``failing`` were tried at least once."""
    from .models import OutboxMessage

    rows = OutboxMessage.objects.values("consumer").annotate(
        messages=Count("id"), oldest_at=Min("created_at"), failing=Count("id", filter=Q(attempts__gt=0))
    )
    return [Backlog(**row) for row in rows.order_by("consumer")]


def forget(consumer: str) -> int:
    """Drops what waits for a consumer that was turned off; returns how many messages that were."""
    from .models import OutboxMessage

    return OutboxMessage.objects.filter(consumer=consumer).delete()[0]


def _serve(consumer: str, limit: int) -> int:
    """Gives one consumer all that is due now; a batch that failed before goes one by one.

    What was taken is deleted when the database has a moment for it, at the latest in the end: beside
    an import one would wait for a transaction of seconds, and there is more to take meanwhile.
    """
    from .models import OutboxMessage

    delivered = 0
    taken: list[UUID] = []
    due = OutboxMessage.objects.filter(_is_due(), consumer=consumer).order_by("id")
    while batch := list(due.exclude(id__in=taken)[:limit]):
        for messages in _batches(batch):
            taken += _hand_over(consumer, messages)
        if _delete(taken, waits=len(taken) >= MOST_STANDING):
            delivered += len(taken)
            taken = []
    _delete(taken, waits=True)
    return delivered + len(taken)


def _delete(ids: Sequence[UUID], *, waits: bool) -> bool:
    """Deletes messages that were taken; returns whether they are gone: not if somebody writes and it may not wait."""
    from .models import OutboxMessage

    try:
        with _impatient(at_all=not waits):
            OutboxMessage.objects.filter(id__in=ids).delete()
    except OperationalError:
        if waits:
            raise
        return False
    return True


@contextmanager
def _impatient(*, at_all: bool) -> Iterator[None]:
    """SQLite, which has one writer, refuses at once what it would have to wait for; others need not wait."""
    if not at_all or connection.vendor != "sqlite" or connection.in_atomic_block:
        yield
        return
    with connection.cursor() as cursor:
        usual_ms = int(cursor.execute("PRAGMA busy_timeout").fetchone()[0])
        cursor.execute("PRAGMA busy_timeout = 0")
        try:
            yield
        finally:
            cursor.execute(f"PRAGMA busy_timeout = {usual_ms}")


def _is_due() -> Q:
    """New messages, those whose pause is over, and those set for a time no pause reaches: the clock went back."""
    now = timezone.now()
    impossible = Q(next_try_at__gt=now + timedelta(seconds=MAX_WAIT_S))
    return Q(attempts=0) | Q(next_try_at__lte=now) | impossible


def _batches(messages: Sequence[Any]) -> Iterator[list[Any]]:
    """Cuts messages where the type changes, and around each that failed before."""
    for (_, failed), run in groupby(messages, key=lambda m: (m.event_type, m.attempts > 0)):
        group = list(run)
        yield from ([message] for message in group) if failed else [group]


def _hand_over(consumer: str, messages: list[Any]) -> list[UUID]:
    """Gives a consumer some messages; returns the keys of those that it took."""
    from .models import OutboxMessage

    ids = [message.id for message in messages]
    event_type = messages[0].event_type
    try:
        handler = _handlers[event_type, consumer]
        handler([_decode(event_type, message.payload) for message in messages])
    except Exception as error:  # noqa: BLE001 - one consumer's fault must not stop the others
        attempts = messages[0].attempts + 1
        wait = timedelta(seconds=min(2**attempts, MAX_WAIT_S))
        OutboxMessage.objects.filter(id__in=ids).update(
            attempts=attempts,
            next_try_at=timezone.now() + wait,
            error="".join(traceback.format_exception(error))[-4000:],
        )
        log.warning("delivery failed", consumer=consumer, event_type=event_type, attempts=attempts,
                    error=type(error).__name__)  # fmt: skip
        return []
    return ids


def _encode(event: DomainEvent) -> str:
    """The event's fields as JSON."""
    return msgspec.json.encode(event).decode()


def _decode(event_type: str, payload: dict[str, Any]) -> DomainEvent:
    """The event that was published; fields an older version had and this one has not are left out."""
    return msgspec.convert(payload, _types[event_type])

"""Domain events with a transactional outbox.

A context tells those above it what happened by publishing an event in the transaction in which
it happened. One outbox row is written for every consumer and deleted when that consumer has
taken it: nothing is ever counted past, so no order of commits can skip a message.

A handler is given what waits for it as a list, oldest first, outside any transaction, and must
be idempotent: after a crash it is given the same events again.
"""

from __future__ import annotations

import traceback
import types
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from enum import Enum
from itertools import groupby
from typing import Any, ClassVar, TypeVar, Union, get_args, get_origin, get_type_hints
from uuid import UUID

import structlog
from django.db import connection
from django.db.models import Count, Min, Q
from django.utils import timezone

from .locks import exclusive

log = structlog.get_logger("lantai.events")

MAX_WAIT_S = 3600
"""The longest pause between two tries to deliver, seconds."""

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
    payload = {field.name: _encode(getattr(event, field.name)) for field in fields(event)}
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
    """Gives one consumer all that is due now; a batch that failed before goes one by one."""
    from .models import OutboxMessage

    delivered = 0
    due = OutboxMessage.objects.filter(_is_due(), consumer=consumer).order_by("id")
    while batch := list(due[:limit]):
        for messages in _batches(batch):
            delivered += _hand_over(consumer, messages)
    return delivered


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


def _hand_over(consumer: str, messages: list[Any]) -> int:
    from .models import OutboxMessage

    ids = [message.id for message in messages]
    event_type = messages[0].event_type
    try:
        handler = _handlers[event_type, consumer]
        handler([_decode_event(event_type, message.payload) for message in messages])
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
        return 0
    OutboxMessage.objects.filter(id__in=ids).delete()
    return len(ids)


def _encode(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, date):  # a datetime is a date
        return value.isoformat()
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_encode(item) for item in value]
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    raise TypeError(f"an event cannot carry a {type(value).__name__}")


def _decode_event(event_type: str, payload: dict[str, Any]) -> DomainEvent:
    cls = _types[event_type]
    hints = get_type_hints(cls)
    return cls(**{name: _decode(hints[name], value) for name, value in payload.items() if name in hints})


def _decode(hint: Any, value: Any) -> Any:
    origin, arguments = get_origin(hint), get_args(hint)
    if value is None:
        return None
    if origin in {Union, types.UnionType}:
        return _decode(next(choice for choice in arguments if choice is not type(None)), value)
    if origin in {list, tuple, set, frozenset, Sequence}:
        items = [_decode(arguments[0], item) for item in value]
        return items if origin is list else tuple(items) if origin in {tuple, Sequence} else origin(items)
    if hint in {date, datetime}:
        return hint.fromisoformat(value)
    if isinstance(hint, type) and (issubclass(hint, Enum) or hint is UUID):
        return hint(value)
    return value

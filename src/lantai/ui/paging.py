"""Paging by key: stable under inserts, and as fast on the last page as on the first.

A cursor says "after this row" or "before this row" by the row's own sort values. It is signed,
so that nobody can make the database compare against values it never showed.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial, reduce
from operator import or_
from typing import Any, Generic, TypeVar
from urllib.parse import urlencode
from uuid import UUID

from django.core import signing
from django.db.models import Field, Model, Q, QuerySet
from django.http import HttpRequest

from lantai.core.errors import Invalid
from lantai.core.language import gettext as _

Row = TypeVar("Row")

PARAMETER = "at"
_SALT = "lantai.ui.paging"


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """One page of a list.

    Attributes:
        items: the rows, in the asked order.
        next: cursor of the following page, or ``None`` on the last.
        previous: cursor of the page before, or ``None`` on the first.
        query: the request's other parameters, kept in the links.
        parameter: the one that holds the cursor.
    """

    items: list[Row]
    next: str | None
    previous: str | None
    query: tuple[tuple[str, str], ...] = field(default=())
    parameter: str = PARAMETER

    def __iter__(self) -> Iterator[Row]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)

    @property
    def next_url(self) -> str:
        """The link to the following page, relative to this one."""
        return self._url(self.next)

    @property
    def previous_url(self) -> str:
        """The link to the page before, relative to this one."""
        return self._url(self.previous)

    def _url(self, cursor: str | None) -> str:
        return "?" + urlencode([*self.query, (self.parameter, cursor)]) if cursor else ""


@dataclass(frozen=True, slots=True)
class _Key:
    """One column of the ordering."""

    path: str
    descending: bool
    column: Field[Any, Any]


def keyset_page(
    queryset: QuerySet[Any, Row] | Sequence[QuerySet[Any, Row]],
    request: HttpRequest,
    order: Sequence[str] = ("-created_at", "id"),
    size: int = 50,
    parameter: str = PARAMETER,
) -> Page[Row]:
    """The page of ``queryset`` the request asks for.

    Args:
        queryset: unsliced; its own ordering is replaced. Several of one model are walked together, a
            row that is in more than one is shown once; not by text, which each database sorts its own way.
        request: read for the cursor (``?at=``); other parameters are kept in the links.
        order: field paths as for ``order_by``, none of which may be null. The primary key is
            added when missing, so that equal rows keep one order and none is shown twice.
        size: rows a page.
        parameter: what holds the cursor instead of ``at``, where a page shows more than one list.

    Raises:
        Invalid: the cursor was altered, or belongs to a list in another order.
        ValueError: a column of ``order`` may be null (a mistake in the code).
    """
    querysets = [queryset] if isinstance(queryset, QuerySet) else list(queryset)
    keys = _keys(querysets[0], order)
    query = tuple(
        (name, value) for name, given in request.GET.lists() if name != parameter for value in given
    )
    kept = partial(Page, query=query, parameter=parameter)
    cursor = request.GET.get(parameter, "")
    if not cursor:
        return kept(**_read(querysets, keys, None, False, size))
    values, backward = _decode(cursor, keys)
    page = kept(**_read(querysets, keys, values, backward, size))
    return page if page.items else kept(**_read(querysets, keys, None, False, size))


def _keys(queryset: QuerySet[Any, Row], order: Sequence[str]) -> list[_Key]:
    paths = [name.removeprefix("-") for name in order]
    pk = queryset.model._meta.pk.name
    names = [*order] if {pk, "pk"} & set(paths) else [*order, pk]
    keys = [
        _Key(name.removeprefix("-"), name.startswith("-"), _column(queryset, name.removeprefix("-")))
        for name in names
    ]
    for key in keys:
        if key.column.null:
            raise ValueError(f"cannot page by {key.path}: it may be null, and null has no place in an order")
    return keys


def _column(queryset: QuerySet[Any, Row], path: str) -> Field[Any, Any]:
    if path in queryset.query.annotations:
        annotated: Field[Any, Any] = queryset.query.annotations[path].output_field
        return annotated
    model: type[Model] = queryset.model
    *parents, last = path.split("__")
    for name in parents:
        relation = model._meta.get_field(name)
        if getattr(relation, "null", True):
            raise ValueError(f"cannot page by {path}: {name} may be null, and null has no place in an order")
        model = relation.related_model  # type: ignore[assignment]
    return model._meta.pk if last == "pk" else model._meta.get_field(last)  # type: ignore[return-value]


def _read(
    querysets: Sequence[QuerySet[Any, Row]],
    keys: list[_Key],
    values: list[Any] | None,
    backward: bool,
    size: int,
) -> dict[str, Any]:
    if values is not None:
        beyond = _beyond(keys, values, backward)
        querysets = [queryset.filter(beyond) for queryset in querysets]
    ordering = [("-" if key.descending != backward else "") + key.path for key in keys]
    found = [list(queryset.order_by(*ordering)[: size + 1]) for queryset in querysets]
    rows = found[0] if len(found) == 1 else _merged(found, keys, backward)[: size + 1]
    more, rows = len(rows) > size, rows[:size]
    if backward:
        rows.reverse()
    has_next = backward or more
    has_previous = more if backward else values is not None
    return {
        "items": rows,
        "next": _encode(keys, rows[-1], backward=False) if rows and has_next else None,
        "previous": _encode(keys, rows[0], backward=True) if rows and has_previous else None,
    }


def _merged(found: Sequence[Sequence[Any]], keys: list[_Key], backward: bool) -> list[Any]:
    """The rows of several lists in one order, each once: together the keys name one row."""
    rows = list({tuple(_value(row, key.path) for key in keys): row for part in found for row in part}.items())
    for place in reversed(range(len(keys))):
        rows.sort(key=lambda row: row[0][place], reverse=keys[place].descending != backward)
    return [row for _key, row in rows]


def _beyond(keys: list[_Key], values: list[Any], backward: bool) -> Q:
    """Rows strictly beyond ``values``: (a > x) or (a = x and b > y) or …, bounded by a >= x.

    The bound repeats what follows from the rest; it lets the database enter the index.
    """
    steps = []
    equal = Q()
    for key, value in zip(keys, values, strict=True):
        operator = "lt" if key.descending != backward else "gt"
        steps.append(equal & Q(**{f"{key.path}__{operator}": value}))
        equal &= Q(**{key.path: value})
    bound = "lte" if keys[0].descending != backward else "gte"
    return Q(**{f"{keys[0].path}__{bound}": values[0]}) & reduce(or_, steps)


def _encode(keys: list[_Key], row: Any, *, backward: bool) -> str:
    values = [_text(_value(row, key.path)) for key in keys]
    return signing.dumps([_signature(keys), backward, values], salt=_SALT, compress=True)


def _decode(cursor: str, keys: list[_Key]) -> tuple[list[Any], bool]:
    try:
        signature, backward, values = signing.loads(cursor, salt=_SALT)
    except signing.BadSignature:
        signature, backward, values = "", False, []
    if signature != _signature(keys):
        raise Invalid(_("这个翻页链接已经失效。"), remedy=_("请回到列表第一页重新翻看。"))
    return [key.column.to_python(value) for key, value in zip(keys, values, strict=True)], bool(backward)


def _signature(keys: list[_Key]) -> str:
    return ",".join(("-" if key.descending else "") + key.path for key in keys)


def _value(row: Any, path: str) -> Any:
    if isinstance(row, dict):
        return row[path]
    for name in path.split("__"):
        row = getattr(row, name)
    return row.pk if isinstance(row, Model) else row


def _text(value: Any) -> Any:
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    return str(value) if isinstance(value, UUID | Decimal) else value

"""Keeping searches, and telling what is new in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils import timezone

from lantai.core.actors import Actor
from lantai.core.errors import Conflict, Invalid, LantaiError, NotFound
from lantai.core.events import backlog
from lantai.core.language import gettext as _
from lantai.core.ports import require

from .engine import FACETS
from .language import parse
from .models import SavedSearch
from .services import LONGEST_WRITING, SORTS, count
from .text import legible
from .withholding import INDEX

MOST_SAVED = 50
ACT = "search.save"


@dataclass(frozen=True, slots=True)
class News:
    """A kept search with what is new in it.

    Attributes:
        search: the search.
        fresh: records made or changed since it was last looked through; ``None`` if not asked for.
        problem: why nobody can say, in words; empty as a rule.
    """

    search: SavedSearch
    fresh: int | None
    problem: str = ""


def save_search(
    *,
    query: str,
    actor: Actor,
    name: str = "",
    filters: Mapping[str, Sequence[str]] | None = None,
    sort: str = "relevance",
    alert: bool = True,
) -> SavedSearch:
    """Keeps a search for the person who asks it.

    Raises:
        Invalid: there is nothing to search for, or it is not understood.
        Conflict: the person keeps fifty already.
    """
    require(actor, ACT)
    query = legible(query)
    chosen = {key: list(values) for key, values in (filters or {}).items() if key in FACETS and values}
    if not query.strip() and not chosen:
        raise Invalid(_("没有检索词，没有什么可存。"), remedy=_("先查一次，再存下这次检索。"))
    parse(query)
    if SavedSearch.objects.filter(person_id=actor.id).count() >= MOST_SAVED:
        raise Conflict(
            _("已存了 %(most)s 个检索，不能再多。") % {"most": MOST_SAVED}, remedy=_("请先删去不再用的。")
        )
    return SavedSearch.objects.create(
        person_id=actor.id,
        name=(name.strip() or query.strip() or _("按条件筛选"))[:60],
        query=query.strip(),
        filters=chosen,
        sort=sort if sort in SORTS else "relevance",
        alert=alert,
        seen_at=_followed_until(),
    )


def saved_search(search_id: UUID, actor: Actor) -> SavedSearch:
    """One of the actor's own kept searches.

    Raises:
        NotFound: there is none such.
    """
    require(actor, ACT)
    found = SavedSearch.objects.filter(id=search_id, person_id=actor.id).first()
    if found is None:
        raise NotFound(_("没有找到这个已存检索。"), remedy=_("它可能已被删去，请回到列表查看。"))
    return found


def mark_seen(*, search_id: UUID, actor: Actor) -> SavedSearch:
    """Counts anew what is new from now on."""
    found = saved_search(search_id, actor)
    found.seen_at = _followed_until()
    found.save(update_fields=["seen_at"])
    return found


def set_alert(*, search_id: UUID, alert: bool, actor: Actor) -> SavedSearch:
    """Whether the person is told of what is new."""
    found = saved_search(search_id, actor)
    found.alert = alert
    found.save(update_fields=["alert"])
    return found


def forget_search(*, search_id: UUID, actor: Actor) -> None:
    """Removes a kept search."""
    saved_search(search_id, actor).delete()


def news_of(searches: Sequence[SavedSearch], actor: Actor) -> list[News]:
    """What is new in those searches, asked of the index with the actor's rights of this moment."""
    return [_news(search, actor) for search in searches]


def wants_news(actor: Actor) -> bool:
    """Whether the person keeps a search and wants to be told of what is new in it."""
    return SavedSearch.objects.filter(person_id=actor.id, alert=True).exists()


def fresh_for(actor: Actor) -> list[News]:
    """The searches the person keeps in which something is new; each is asked of the index."""
    kept = SavedSearch.objects.filter(person_id=actor.id, alert=True).order_by("id")
    return [news for news in news_of(list(kept), actor) if news.fresh]


def _followed_until() -> datetime:
    """Up to when the index knows what changed: what it learns later is new to whoever looks now."""
    now = timezone.now()
    waiting = {news.consumer: news.oldest_at for news in backlog() if news.failing < news.messages}
    return min(waiting[INDEX] - LONGEST_WRITING, now) if INDEX in waiting else now


def _news(search: SavedSearch, actor: Actor) -> News:
    if not search.alert:
        return News(search, None)
    try:
        since = int(search.seen_at.timestamp()) - 1  # whole seconds are counted: rather told twice than never
        return News(search, count(search.query, actor, filters=search.filters, changed_since=since))
    except LantaiError as error:
        return News(search, None, error.message)

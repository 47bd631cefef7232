"""How results are drawn: ``{% load lantai_access %}``. Written out here, because a page has twenty of each."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from html import escape
from urllib.parse import quote
from uuid import UUID

from django import template
from django.urls import get_script_prefix, reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext, ngettext

from lantai.records.api import OpeningMark
from lantai.search.api import Hit, Piece, Snippet
from lantai.ui.api import date_in_words, state

from ..finding import Choice

register = template.Library()
_ANY = UUID(int=0)


@register.filter
def pieces(found: Iterable[Piece]) -> SafeString:
    """A text in pieces, those that answer the question marked."""
    return mark_safe(  # noqa: S308 - every piece is escaped
        "".join(
            f"<mark>{escape(piece.text)}</mark>" if piece.marked else escape(piece.text) for piece in found
        )
    )


@register.filter
def as_items(hits: Iterable[Hit], query: str = "") -> SafeString:
    """Records found as items of a list; a passage is asked for again on the record's page by ``query``."""
    before, asked = _address_before(get_script_prefix()), f"?q={quote(query)}"
    return mark_safe("".join(_item(hit, before, asked) for hit in hits))  # noqa: S308 - all is escaped


def _item(hit: Hit, before: str, asked: str) -> str:
    told = (hit.date_text and date_in_words(hit.date_text), hit.fonds, hit.document_number)
    meta = "".join(f"<span>{escape(words)}</span>" for words in told if words)
    if hit.reference_code:
        meta += f'<span class="code">{escape(hit.reference_code)}</span>'
    address = escape(f"{before}{hit.record_id}{asked if hit.snippet else ''}")
    return (
        f'<li><a class="title" href="{address}">{pieces(hit.title)}</a>'
        f'<div class="meta">{meta}{_standing(hit.opening_mark, hit.page_count, get_language())}</div>'
        f"{_passage(hit.snippet) if hit.snippet else ''}</li>"
    )


def _passage(found: Snippet) -> str:
    folio = gettext("第 %(page)s 页") % {"page": found.page}
    return f'<p class="snippet"><span class="folio">{folio}</span>{pieces(found.pieces)}</p>'


@register.filter
def as_choices(choices: Iterable[Choice]) -> SafeString:
    """The values of a facet as items of a list: each with its count, or with the way to take it back."""
    return mark_safe("".join(map(_choice, choices)))  # noqa: S308 - all is escaped


def _choice(choice: Choice) -> str:
    here = ' aria-current="true"' if choice.chosen else ""
    told = gettext("取消") if choice.chosen else f"{choice.count:,}"
    return f'<li><a href="{escape(choice.url)}"{here}>{escape(choice.words)}<span>{told}</span></a></li>'


@lru_cache(4)
def _address_before(_prefix: str) -> str:
    """What the addresses of all records begin with: to look one up costs more than all else of a hit."""
    return reverse("access:record", args=[_ANY]).removesuffix(str(_ANY))


@lru_cache(4096)
def _standing(mark: str, pages: int, _language: str | None) -> SafeString:
    if mark != OpeningMark.OPEN or not pages:
        return state(mark)
    return state(mark, ngettext("已开放 · %(pages)s 页", "已开放 · %(pages)s 页", pages) % {"pages": pages})

"""How results are drawn: ``{% load lantai_access %}``. Written out here, because a page has twenty of each."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from uuid import UUID

from django import template
from django.urls import get_script_prefix, reverse
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, ngettext

from lantai.records.api import OpeningMark
from lantai.search.api import Hit, Piece
from lantai.ui.api import state

register = template.Library()
_ANY = UUID(int=0)


@register.filter
def pieces(found: Iterable[Piece]) -> SafeString:
    """A text in pieces, those that answer the question marked."""
    return mark_safe(  # noqa: S308 - every piece is escaped
        "".join(
            format_html("<mark>{}</mark>", piece.text) if piece.marked else conditional_escape(piece.text)
            for piece in found
        )
    )


@register.filter
def address(hit: Hit) -> str:
    """Where a record found is read."""
    return _address_before(get_script_prefix()) + hit.record_id


@lru_cache(4)
def _address_before(_prefix: str) -> str:
    """What the addresses of all records begin with: to look one up costs more than all else of a hit."""
    return reverse("access:record", args=[_ANY]).removesuffix(str(_ANY))


@register.filter
def standing(hit: Hit) -> SafeString:
    """How a record found stands towards the public: open with so many pages, or not."""
    return _standing(hit.opening_mark, hit.page_count, get_language())


@lru_cache(4096)
def _standing(mark: str, pages: int, _language: str | None) -> SafeString:
    if mark != OpeningMark.OPEN or not pages:
        return state(mark)
    return state(mark, ngettext("已开放 · %(pages)s 页", "已开放 · %(pages)s 页", pages) % {"pages": pages})

"""Tags and filters every page may use: ``{% load lantai_ui %}``."""

from __future__ import annotations

import datetime
from typing import Any
from urllib.parse import urlencode

from django import template
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext

from ..dates import date_in_words as read_as_words
from ..dates import day_in_words
from ..navigation import address_of
from ..states import state

register = template.Library()

_UNITS = ("B", "KB", "MB", "GB", "TB", "PB")
_DIGEST_GROUP = 8


@register.simple_tag
def url_or_blank(name: str, *args: object) -> str:
    """The address of a page, or nothing where this installation has no such page."""
    return address_of(name, *args)


@register.simple_tag(takes_context=True)
def with_query(context: dict[str, Any], **changes: Any) -> str:
    """The present query string with some parameters set, or removed where the value is empty.

    The paging cursor goes: it belongs to the list as it was.
    """
    request: HttpRequest = context["request"]
    kept = [
        (name, value)
        for name, values in request.GET.lists()
        if name != "at" and name not in changes
        for value in values
    ]
    put = [(name, str(value)) for name, value in changes.items() if value not in (None, "")]
    return "?" + urlencode(kept + put)


register.simple_tag(state)


@register.filter
def chinese_date(value: object) -> str:
    """A day as people write it: 2026年6月2日; in English 2 June 2026. Other values pass through."""
    if isinstance(value, datetime.datetime):
        value = timezone.localtime(value).date() if timezone.is_aware(value) else value.date()
    if not isinstance(value, datetime.date):
        return "" if value is None else str(value)
    return day_in_words(value)


@register.filter
def date_in_words(value: object) -> str:
    """A date of a description, written in digits, as people read it (:func:`ui.dates.date_in_words`)."""
    return read_as_words(str(value or ""))


@register.filter
def moment(value: object) -> str:
    """A point in time to the minute, in the archive's own time zone."""
    if not isinstance(value, datetime.datetime):
        return chinese_date(value)
    local = timezone.localtime(value) if timezone.is_aware(value) else value
    return f"{chinese_date(local)} {local:%H:%M}"


@register.filter
def since(value: object) -> str:
    """How long ago, in the words one would use: 刚刚, 5 分钟前, 昨天 16:20, then the date."""
    if not isinstance(value, datetime.datetime):
        return chinese_date(value)
    now, then = timezone.localtime(), timezone.localtime(value)
    seconds = int((now - then).total_seconds())
    if 0 <= seconds < 60:
        return gettext("刚刚")
    if 0 <= seconds < 3600:
        minutes = seconds // 60
        return ngettext("%(n)s 分钟前", "%(n)s 分钟前", minutes) % {"n": minutes}
    days = (now.date() - then.date()).days
    if days == 0:
        return gettext("今天 %(time)s") % {"time": f"{then:%H:%M}"}
    if days == 1:
        return gettext("昨天 %(time)s") % {"time": f"{then:%H:%M}"}
    return chinese_date(value)


@register.filter
def bytes_size(value: object) -> str:
    """A number of bytes in the largest unit that keeps it at one or more: 1.4 MB."""
    if not isinstance(value, int | float):
        return ""
    size = float(value)
    for unit in _UNITS:
        if size < 1024 or unit == _UNITS[-1]:
            break
        size /= 1024
    return f"{size:.0f} {unit}" if unit == "B" or size >= 100 else f"{size:.1f} {unit}"


@register.filter
def count(value: object) -> str:
    """A whole number with thousands separated: 1,042,318."""
    return f"{value:,}" if isinstance(value, int) else ""


@register.filter
def percent(part: object, whole: object) -> str:
    """``part`` of ``whole`` with one decimal; a dash where there is no whole. Never rounds up to 100."""
    if not isinstance(part, int | float) or not isinstance(whole, int | float) or not whole:
        return "—"
    share = part * 100 / whole
    if part < whole:
        share = min(share, 99.9)
    return f"{share:.1f} %"


@register.filter
def digest(value: object) -> str:
    """A hexadecimal digest in groups of eight, so that two can be compared by eye."""
    text = str(value or "")
    return " ".join(text[i : i + _DIGEST_GROUP] for i in range(0, len(text), _DIGEST_GROUP))


@register.filter
def or_blank(value: object) -> str | SafeString:
    """The value, or an honest word for its absence."""
    if value in (None, "", [], ()):
        return format_html('<span class="blank">{}</span>', gettext("未记载"))
    return str(value)

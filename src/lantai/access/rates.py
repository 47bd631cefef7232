"""Costly views are rationed by address: drawing a page, reading a record's bytes again."""

from __future__ import annotations

import time
from threading import Lock

from django.core.cache import cache
from django.http import HttpRequest
from django.utils.translation import gettext as _

from lantai.core.errors import TooMany
from lantai.core.settings import COSTLY_VIEWS_PER_MINUTE
from lantai.institutions.api import client_address

_lock = Lock()


def ration(request: HttpRequest, cost: int = 1) -> None:
    """Takes ``cost`` out of the address's bucket, which holds a minute's worth and fills evenly.

    The bucket lies in this process's cache: of several web processes each counts for itself.

    Raises:
        TooMany: the bucket is empty.
    """
    most = COSTLY_VIEWS_PER_MINUTE.read()
    if not most:
        return
    key, now = f"ration:{client_address(request)}", time.time()
    with _lock:
        left, at = cache.get(key) or (float(most), now)
        left = min(float(most), left + (now - at) * most / 60)
        if left < cost:
            raise TooMany(_("看得太快了，请稍候。"), remedy=_("请在一分钟后重试。"))
        cache.set(key, (left - cost, now), 120)

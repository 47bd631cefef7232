"""API keys as they travel: ``Authorization: Bearer ltk_<prefix>_<secret>``; only an SM3 digest is kept."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from lantai.core.language import gettext as _

from .models import ApiKey

_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a key does not open the door; ``retry_after_s`` when only the rate was exceeded."""

    reason: str
    retry_after_s: int | None = None


def random_word(length: int) -> str:
    """A random word of characters that cannot be misread; 5 bits a character."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))


def digest_secret(text: str) -> str:
    """SM3 of a random secret, in hex. Its length guards it; passwords go through Argon2 instead."""
    return hashlib.new("sm3", text.encode()).hexdigest()


def make_key() -> tuple[str, str, str]:
    """A new key: its public prefix, its text, its digest."""
    prefix = random_word(8)
    text = f"ltk_{prefix}_{random_word(40)}"
    return prefix, text, digest_secret(text)


def admit(text: str, at: datetime | None = None) -> ApiKey | Refused:
    """The key behind a bearer text, with one call counted against its rate, or why not.

    The bucket holds a minute's worth of calls and fills evenly; it lies in the row, so that
    every process counts the same.
    """
    now = at or timezone.now()
    parts = text.split("_")
    if len(parts) != 3 or parts[0] != "ltk":
        return Refused(_("接口密钥的格式不对。"))
    with transaction.atomic():
        rows = ApiKey.objects.select_for_update(of=("self",)).select_related("organisation")
        key = rows.filter(prefix=parts[1]).first()
        if key is None or not hmac.compare_digest(key.digest, digest_secret(text)):
            return Refused(_("接口密钥不存在。"))
        if key.revoked_at is not None:
            return Refused(_("接口密钥已作废。"))
        if key.expires_at <= now:
            return Refused(_("接口密钥已过期。"))
        if not key.organisation.active:
            return Refused(_("密钥所属单位已停用。"))
        return _count_call(key, now)


def _count_call(key: ApiKey, now: datetime) -> ApiKey | Refused:
    per_second = key.rate_per_minute / 60
    idle_s = max(0.0, (now - (key.last_used_at or key.created_at)).total_seconds())
    tokens = min(float(key.rate_per_minute), key.tokens + idle_s * per_second)
    if tokens < 1:
        return Refused(_("调用过于频繁。"), retry_after_s=max(1, round((1 - tokens) / per_second + 0.5)))
    key.tokens, key.last_used_at = tokens - 1, now
    key.save(update_fields=["tokens", "last_used_at"])
    return key

"""Messages of the platform to an office system."""

from __future__ import annotations

import hashlib
import hmac
import time


def verify_callback(secret: str, header: str, body: bytes, *, tolerance_s: int = 300) -> bool:
    """Whether a message is the platform's, unchanged and fresh.

    Args:
        secret: as ``register_callback`` returned it.
        header: ``Lantai-Signature`` of the request.
        body: the request's body, byte for byte.
        tolerance_s: how old it may be, seconds.
    """
    parts = dict(part.split("=", 1) for part in header.split(",") if "=" in part)
    moment = parts.get("t", "")
    if not (moment.isascii() and moment.isdigit()) or abs(time.time() - int(moment)) > tolerance_s:
        return False
    expected = hmac.new(secret.encode(), moment.encode() + b"." + body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected, parts.get("sha256", ""))

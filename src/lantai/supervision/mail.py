"""E-mail through the server that ``LANTAI_MAIL_URL`` names."""

from __future__ import annotations

from collections.abc import Sequence
from smtplib import SMTPException
from urllib.parse import unquote, urlsplit

from django.core.mail import EmailMessage, get_connection

from lantai.core import settings

TIMEOUT_S = 10


def send_mail(*, subject: str, text: str, addresses: Sequence[str]) -> str:
    """Sends one message; returns what went wrong, or nothing."""
    parts = urlsplit(settings.MAIL_URL.read())
    connection = get_connection(
        "django.core.mail.backends.smtp.EmailBackend",
        host=parts.hostname or "",
        port=parts.port or (465 if parts.scheme == "smtps" else 25),
        username=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        use_ssl=parts.scheme == "smtps",
        timeout=TIMEOUT_S,
    )
    message = EmailMessage(subject, text, settings.MAIL_FROM.read(), list(addresses), connection=connection)
    try:
        message.send()
    except (OSError, SMTPException) as error:
        return str(error)[:300]
    return ""

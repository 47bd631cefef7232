"""Structured logs, one JSON object a line on standard error, without personal data.

What people did stands in the ledger; logs tell the operator how the machine fares. Addresses,
names, titles and request bodies are never logged.
"""

from __future__ import annotations

import traceback
from typing import Any

import structlog

FRAMES = 12
"""How many of the last steps on the way to an error are logged."""


def _tell_where(
    _logger: object, _method: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    """Where an error of Django's or a library's came from: its kind and the way to it, not its words.

    The words may quote what somebody typed; the way to it is what mends it.
    """
    kind, _words, way = event.pop("exc_info", None) or (None, None, None)
    if kind is not None:
        event["exception"] = kind.__name__
        event["way"] = [f"{f.filename}:{f.lineno} {f.name}" for f in traceback.extract_tb(way)[-FRAMES:]]
    return event


structlog.configure(
    processors=[
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
    wrapper_class=structlog.stdlib.BoundLogger,
    cache_logger_on_first_use=True,
)

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {
            "()": structlog.stdlib.ProcessorFormatter,
            "processor": structlog.processors.JSONRenderer(ensure_ascii=False),
            "foreign_pre_chain": [
                structlog.processors.add_log_level,
                structlog.processors.TimeStamper(fmt="iso", utc=True),
                _tell_where,
            ],
        }
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {"lantai": {"level": "INFO"}},
}

"""Tickers: small functions the worker runs again and again (outbox, ledger sequencer, rescue).

A ticker runs in one process at a time, however many workers there are.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

import structlog
from django.db import connection

from .locks import exclusive

log = structlog.get_logger("lantai.tickers")


@dataclass(frozen=True, slots=True)
class Ticker:
    """A function and how long to pause between two runs of it, seconds."""

    name: str
    interval_s: float
    function: Callable[[], object]


_tickers: dict[str, Ticker] = {}


def register_ticker(name: str, interval_s: float, function: Callable[[], object]) -> None:
    """Has the worker call a function every ``interval_s`` seconds; called in ``AppConfig.ready``.

    An exception is logged and the next turn comes as usual. The function must return within
    seconds: when the worker is told to stop, it waits for the turn to end.
    """
    _tickers[name] = Ticker(name, interval_s, function)


def tickers() -> list[Ticker]:
    """All tickers, by name."""
    return sorted(_tickers.values(), key=lambda ticker: ticker.name)


def run_tickers(stop: threading.Event) -> list[threading.Thread]:
    """Starts every ticker in a thread with its own database connection, until ``stop`` is set."""
    threads = [
        threading.Thread(target=_run, args=(ticker, stop), name=f"ticker-{ticker.name}", daemon=True)
        for ticker in tickers()
    ]
    for thread in threads:
        thread.start()
    return threads


def _run(ticker: Ticker, stop: threading.Event) -> None:
    while not stop.is_set():
        try:
            with exclusive(f"ticker.{ticker.name}") as held:
                if held:
                    ticker.function()
        except Exception as error:
            log.error("ticker failed", ticker=ticker.name, error=repr(error), exc_info=True)
            connection.close()
        stop.wait(ticker.interval_s)
    connection.close()

"""Tickers go on after a fault, stop when told, and run in one place at a time."""

import threading

import pytest

from lantai.core import tickers
from lantai.core.locks import exclusive


@pytest.fixture(autouse=True)
def own_tickers(monkeypatch):
    monkeypatch.setattr(tickers, "_tickers", {})


def run_until(event, timeout_s=20):
    stop = threading.Event()
    threads = tickers.run_tickers(stop)
    assert event.wait(timeout_s)
    stop.set()
    for thread in threads:
        thread.join(10)
        assert not thread.is_alive()


@pytest.mark.django_db(transaction=True)
def test_a_fault_is_logged_and_the_next_turn_comes():
    turns, twice = [], threading.Event()

    def turn():
        turns.append(1)
        if len(turns) == 2:
            twice.set()
        raise ValueError("once more")

    tickers.register_ticker("test.faulty", 0.01, turn)
    run_until(twice)


@pytest.mark.django_db(transaction=True)
def test_a_slow_ticker_does_not_hold_back_another():
    release, fast = threading.Event(), threading.Event()

    def slow():
        release.wait(10)

    def quick():
        fast.set()
        release.set()

    tickers.register_ticker("test.slow", 0.01, slow)
    tickers.register_ticker("test.quick", 0.01, quick)
    run_until(fast)


@pytest.mark.django_db(transaction=True)
def test_a_ticker_that_runs_elsewhere_is_left_alone():
    ran, asked = [], threading.Event()
    tickers.register_ticker("test.single", 0.01, lambda: ran.append(1))
    tickers.register_ticker("test.clock", 0.3, lambda: asked.set() if ran_twice() else None)
    clock = []

    def ran_twice():
        clock.append(1)
        return len(clock) == 2

    with exclusive("ticker.test.single") as held:
        assert held
        run_until(asked)
    assert ran == []

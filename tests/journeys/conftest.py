"""A real browser before the real site: Chromium (``LANTAI_CHROMIUM``) and Playwright.

A journey asks for ``visit`` and gets a page; ``sign_in`` goes through the login form. Whatever
the browser complains about (a script error, something the content policy refuses) fails the test.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

CHROMIUM = Path(os.environ.get("LANTAI_CHROMIUM", "/usr/bin/chromium"))
WIDE, NARROW = 1280, 390


@pytest.fixture(autouse=True)
def _own_data_folder(tmp_path, monkeypatch):
    from django.core.cache import cache

    from lantai.search.services import engine

    monkeypatch.setenv("LANTAI_HOME", str(tmp_path / "home"))
    engine.cache_clear()
    cache.clear()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One browser for all journeys."""
    if not CHROMIUM.exists():
        pytest.skip(f"no browser at {CHROMIUM}; set LANTAI_CHROMIUM (Debian: apt install chromium)")
    # Playwright keeps an event loop in this thread; tests read the database beside it.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        opened = playwright.chromium.launch(executable_path=str(CHROMIUM), args=arguments)
        yield opened
        opened.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


Visit = Callable[..., Page]


@pytest.fixture
def visit(browser: Browser, live_server) -> Iterator[Visit]:
    """Opens a page of the site: ``visit("/search", width=NARROW, scheme="dark")``."""
    contexts = []
    complaints: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type == "error" and "status of 4" not in message.text:
            complaints.append(message.text)

    def open_page(path: str = "/", width: int = WIDE, scheme: str = "light", locale: str = "zh-CN") -> Page:
        context = browser.new_context(
            base_url=live_server.url,
            viewport={"width": width, "height": 900},
            color_scheme=scheme,
            locale=locale,
            reduced_motion="reduce",
        )
        contexts.append(context)
        page = context.new_page()
        page.on("console", note)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not complaints, "the browser complained:\n" + "\n".join(complaints)


def sign_in(page: Page, username: str, password: str) -> None:
    """Through the login form, as a person does."""
    page.goto("/login/")
    page.fill("input[name=username]", username)
    page.fill("input[name=password]", password)
    page.get_by_role("button", name="登录", exact=True).click()
    page.wait_for_url("**/desk/**")

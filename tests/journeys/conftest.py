"""A real browser before the real site: Chromium (``LANTAI_CHROMIUM``) and Playwright.

A journey asks for ``enter`` (into the house: ``lantai serve`` on a prepared region) and gets a
page; ``sign_in`` goes through the login form. Whatever the browser complains about (a script error,
something the content policy refuses), and any request to another address, fails the test.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, sync_playwright

from .house import House, running_house

CHROMIUM = Path(os.environ.get("LANTAI_CHROMIUM", "/usr/bin/chromium"))
WIDE, NARROW = 1280, 390


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One browser for all journeys."""
    if not CHROMIUM.exists():
        pytest.skip(f"no browser at {CHROMIUM}; set LANTAI_CHROMIUM (Debian: apt install chromium)")
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        opened = playwright.chromium.launch(executable_path=str(CHROMIUM), args=arguments)
        yield opened
        opened.close()


Visit = Callable[..., Page]
EXPECTED_COMPLAINTS = ("status of 4", "net::ERR_FAILED", "net::ERR_INTERNET_DISCONNECTED")
"""What a browser says of pages refused, and of a network a test has taken away."""


@contextmanager
def browsing(browser: Browser, url: str, *besides: str) -> Iterator[Visit]:
    """Opens pages of the site at ``url``, each as a visitor of its own, and closes them at the end.

    Args:
        browser: the browser.
        url: the site; asking elsewhere fails the test.
        besides: other sites that may be asked.
    """
    contexts = []
    complaints: list[str] = []

    def note(message: ConsoleMessage) -> None:
        expected = any(words in message.text for words in EXPECTED_COMPLAINTS)
        if message.type == "error" and not expected:
            complaints.append(message.text)

    def watch(request: Request) -> None:
        if request.url.startswith("http") and not request.url.startswith((url, *besides)):
            complaints.append(f"asked elsewhere: {request.url}")

    def open_page(path: str = "/", width: int = WIDE, scheme: str = "light", locale: str = "zh-CN") -> Page:
        context = browser.new_context(
            base_url=url,
            viewport={"width": width, "height": 900},
            color_scheme=scheme,
            locale=locale,
            has_touch=width == NARROW,
            reduced_motion="reduce",
        )
        contexts.append(context)
        context.on("request", watch)
        page = context.new_page()
        page.on("console", note)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not complaints, "the browser complained:\n" + "\n".join(complaints)


@pytest.fixture(scope="session")
def house(browser: Browser, tmp_path_factory) -> Iterator[House]:
    """The small region, served by ``lantai serve`` with its worker; journeys share it."""
    with running_house(tmp_path_factory.mktemp("house")) as running:
        yield running


@pytest.fixture
def enter(browser: Browser, house: House) -> Iterator[Visit]:
    """Opens a page of the house."""
    with browsing(browser, house.url) as open_page:
        yield open_page


def picture(page: Page, name: str) -> None:
    """Keeps what the page looks like now, in the folder ``LANTAI_PICTURES`` names, if any."""
    if folder := os.environ.get("LANTAI_PICTURES"):
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)


def sign_in(page: Page, username: str, password: str) -> None:
    """Through the login form, as a person does."""
    page.goto("/login/")
    page.fill("input[name=username]", username)
    page.fill("input[name=password]", password)
    page.get_by_role("button", name="登录", exact=True).click()
    page.wait_for_url("**/desk/**")

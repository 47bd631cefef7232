"""A village's clerk files from a phone by the two ways in from outside: the region's office app, the public zone."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import Frame, Page, expect

from lantai.demo.settlement import PASSWORD
from lantai.institutions.tests.provider import a_provider

from .conftest import CHROMIUM, NARROW, browsing, picture, sign_in
from .house import web_beside
from .test_village import photo

pytestmark = pytest.mark.services
IN_THE_APP = "渔樵村2026年低保评议公示"
FROM_OUTSIDE = "渔樵村2026年第三季度财务收支公开表"
FORM = "/login/unified/?next=/desk/capture/village/"


@pytest.fixture(scope="module")
def strict_browser(browser):
    """A browser that refuses cookies of other sites, as phones do; only a jar of the frame's own is left."""
    arguments = ["--no-sandbox", "--disable-gpu", "--test-third-party-cookie-phaseout"]
    opened = browser.browser_type.launch(executable_path=str(CHROMIUM), args=arguments)
    yield opened
    opened.close()


@pytest.mark.requirement("Z53", "Z58")
def test_a_village_files_inside_the_office_apps_frame_and_its_record_office_sees_it(
    house, enter, strict_browser
):
    with a_provider() as provider, office_app() as app:
        login = {
            "LANTAI_OIDC_URL": provider.address,
            "LANTAI_OIDC_CLIENT_ID": provider.client_id,
            "LANTAI_OIDC_CLIENT_SECRET": provider.client_secret,
        }
        framed = {"LANTAI_FRAME_ANCESTORS": app.address, "LANTAI_HTTPS": "true"}
        with (
            web_beside(house, **login, **framed) as url,
            browsing(strict_browser, app.address, url, provider.address) as open_page,
        ):
            app.shown = f"{url}{FORM}"
            page = open_page(width=NARROW)
            frame = page.frame_locator("iframe").owner.element_handle().content_frame()
            frame.wait_for_url("**/desk/capture/village/")
            file_paper(page, frame, IN_THE_APP)
            kept = [cookie for cookie in page.context.cookies() if cookie["domain"] == "localhost"]
            assert {cookie["sameSite"] for cookie in kept} == {"None"}
            picture(page, "village-in-the-office-app")
    seen_by_the_record_office(enter, IN_THE_APP)


@pytest.mark.requirement("Z53", "Z58")
def test_a_village_files_in_the_public_zone_and_its_record_office_sees_it(house, enter, browser):
    public = {"LANTAI_ZONE": "public", "LANTAI_HTTPS": "true"}
    with web_beside(house, **public) as url, browsing(browser, url) as open_page:
        page = open_page(width=NARROW)
        sign_in(page, "cunwen", PASSWORD)
        page.goto("/desk/capture/village/")
        file_paper(page, page.main_frame, FROM_OUTSIDE)
        picture(page, "village-in-the-public-zone")
        assert page.goto("/desk/capture/arrange/").status == 403
        other = open_page("/login/", width=NARROW)
        other.fill("input[name=username]", "cundang")
        other.fill("input[name=password]", PASSWORD)
        other.get_by_role("button", name="登录", exact=True).click()
        expect(other.get_by_text("不在本网络办理业务")).to_be_visible()
    seen_by_the_record_office(enter, FROM_OUTSIDE)


def file_paper(page: Page, shown: Page | Frame, title: str) -> None:
    """Photographs two pages, files them, and reads the receipt."""
    for number in (1, 2):
        shown.set_input_files("#id_camera", [photo(f"page-{number}.jpg", len(title) * 10 + number)])
    expect(shown.locator(".pages li")).to_have_count(2)
    shown.get_by_label("这是什么").fill(title)
    shown.get_by_label("纸上的日期").fill("2026年10月8日")
    shown.get_by_label("哪一类").select_option("public")
    shown.get_by_role("button", name="提交").click()
    expect(shown.get_by_text("1 件全部归档")).to_be_visible(timeout=60_000)
    expect(shown.get_by_role("link", name="下载签章回执")).to_be_visible()
    assert shown.evaluate("document.documentElement.scrollWidth") <= NARROW


def seen_by_the_record_office(enter, title: str) -> None:
    """The paper is among what was filed, and waits on the desk for its number."""
    page = enter("/")
    sign_in(page, "cundang", PASSWORD)
    page.goto("/desk/capture/")
    page.get_by_role("link", name=title).click()
    expect(page.get_by_text("1 件全部归档")).to_be_visible()
    page.goto("/desk/capture/arrange/")
    page.get_by_role("link", name="村级文书档案").first.click()
    page.get_by_role("link", name=title).first.click()
    expect(page.get_by_role("heading", name=title).first).to_be_visible()


class OfficeApp:
    """The region's office app: a page that shows another in a frame."""

    address = ""
    shown = ""


@contextmanager
def office_app() -> Iterator[OfficeApp]:
    """The app, of another site than the platform."""
    app = OfficeApp()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            frame = f"<iframe title=归档 width=370 height=780 src='{app.shown}'></iframe>"
            body = f"<!doctype html><html lang=zh><title>政务办公</title><h1>政务办公</h1>{frame}".encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        app.address = f"http://127.0.0.1:{server.server_port}"
        yield app
        server.shutdown()

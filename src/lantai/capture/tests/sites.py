"""A small real site on this machine, to be captured and then taken away."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from PIL import Image


def picture(colour: str) -> bytes:
    """A PNG of one colour, 40 by 30 pixels."""
    output = io.BytesIO()
    Image.new("RGB", (40, 30), colour).save(output, "PNG")
    return output.getvalue()


HOME = """<!DOCTYPE html>
<html><head><title>云州市人民政府公告</title>
<link rel="stylesheet" href="/style/main.css"><link rel="dns-prefetch" href="//elsewhere.example">
<script src="/track.js"></script></head>
<body onload="document.title='ran'"><h1 id="head">公告</h1>
<img id="one" src="pictures/one.png"><img id="two" srcset="pictures/two.png 1x, /pictures/one.png 2x">
<div id="three"></div><img id="four" src="http://elsewhere.example/four.png">
<a id="next" href="/second?b=2&amp;a=1">下一页</a> <a id="moved" href="/moved" target="_top">搬走的</a>
<a id="lost" href="/lost">没有的</a><script>document.body.innerHTML = "ran"</script></body></html>"""
SECOND = """<html><head><meta charset="gb18030"><base href="/pictures/"><title>第二页</title></head>
<body><p>第二页正文</p><img id="one" src="one.png"></body></html>"""
PAGES: dict[str, tuple[int, dict[str, str], bytes]] = {
    "/": (200, {"Content-Type": "text/html; charset=utf-8"}, HOME.encode()),
    "/second?b=2&a=1": (200, {"Content-Type": "text/html"}, SECOND.encode("gb18030")),
    "/moved": (302, {"Location": "/second?b=2&a=1"}, b""),
    "/style/main.css": (
        200,
        {"Content-Type": "text/css"},
        b'@import "more.css"; #head { color: rgb(1, 2, 3) }',
    ),
    "/style/more.css": (
        200,
        {"Content-Type": "text/css"},
        b"#three { width: 40px; height: 30px; background: url(../pictures/three.png) }",
    ),
    "/pictures/one.png": (200, {"Content-Type": "image/png"}, picture("red")),
    "/pictures/two.png": (200, {"Content-Type": "image/png"}, picture("green")),
    "/pictures/three.png": (200, {"Content-Type": "image/png"}, picture("blue")),
    "/track.js": (200, {"Content-Type": "text/javascript"}, b"document.title = 'ran'"),
    "/private": (200, {"Content-Type": "text/html"}, b"<title>private</title>"),
    "/robots.txt": (200, {"Content-Type": "text/plain"}, b"User-agent: *\nDisallow: /private\n"),
}


class _Site(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        status, fields, body = PAGES.get(self.path, (404, {"Content-Type": "text/plain"}, b"none"))
        self.send_response(status)
        for name, value in fields.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: object) -> None:
        """Says nothing."""


@contextmanager
def site(port: int = 0) -> Iterator[str]:
    """Serves the site, on a free port unless one is named; gives its address without the final slash."""
    server = ThreadingHTTPServer(("127.0.0.1", port), _Site)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

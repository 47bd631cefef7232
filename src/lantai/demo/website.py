"""A page of an agency's site as its capturing software left it: one WARC with all it takes to show it again."""

from __future__ import annotations

import io
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from PIL import Image, ImageDraw

from lantai.formats.api import HttpExchange, write_warc

from .region import DATA

HOST = "http://sw.dongyu.example"
CAPTURED_AT = datetime(2026, 7, 11, 2, 0, tzinfo=UTC)
FILES = (
    ("/", "index.html", "text/html; charset=utf-8"),
    ("/main.css", "main.css", "text/css"),
    ("/sluice.png", "", "image/png"),
    ("/levels.html", "levels.html", "text/html; charset=utf-8"),
)
"""Address, file of ``data/site`` (none: drawn), and kind, in the order of the capture."""
DESCRIBED = {"M12": "永久", "M38": "公开", "M32": "东屿市水务局"}
"""What the agency says of the capture and no page tells."""


def write_site(folder: Path, _loose: Path, chance: random.Random, agency: str) -> None:
    """Writes the archive into the package's folder."""
    folder.mkdir(parents=True)
    archive = folder / "汛情公告.warc.gz"
    told = {"software": "东屿市政务网页采集 1.0", "format": "WARC File Format 1.1", "operator": agency}
    with archive.open("wb") as output:
        write_warc(output, _exchanges(chance), filename=archive.name, description=told)


def _exchanges(chance: random.Random) -> Iterator[HttpExchange]:
    for place, (path, name, kind) in enumerate(FILES):
        content = (DATA / "site" / name).read_bytes() if name else _sluice(chance)
        yield HttpExchange(
            uri=f"{HOST}{path}",
            status_line="HTTP/1.1 200 OK",
            headers=(("Content-Type", kind), ("Content-Length", str(len(content)))),
            body=io.BytesIO(content),
            captured_at=CAPTURED_AT + timedelta(seconds=place),
        )


def _sluice(chance: random.Random) -> bytes:
    """A drawn sluice with its gates lifted."""
    image = Image.new("RGB", (640, 320), "#c6d6dd")
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 210, 640, 320), fill="#4f7f95")
    draw.rectangle((120, 90, 520, 230), fill="#a9a49a")
    for gate in range(5):
        draw.rectangle((140 + gate * 76, 130, 190 + gate * 76, 230), fill="#4f7f95")
        draw.rectangle((140 + gate * 76, 100, 190 + gate * 76, 150 + chance.randrange(20)), fill="#5e666b")
    output = io.BytesIO()
    image.save(output, "PNG")
    return output.getvalue()

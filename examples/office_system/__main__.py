"""``python -m office_system``: invent matters, file them, look at the journal."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

from lantai_client import Lantai

from .filing import ask_what_became_of_them, file_closed_matters
from .matters import SETTLED, Office


def main() -> int:
    """Runs one command."""
    parser = argparse.ArgumentParser(prog="office_system", description=__doc__)
    parser.add_argument("command", choices=["invent", "run", "status"])
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--matters", type=int, default=20)
    parser.add_argument("--agency", default="东屿市水利局")
    parser.add_argument("--once", action="store_true", help="end when every line is settled")
    given = parser.parse_args()
    office = Office(given.folder)
    if given.command == "invent":
        invent(office, given.matters)
    elif given.command == "run":
        lantai = Lantai(os.environ["LANTAI"], os.environ["LANTAI_KEY"], timeout_s=20, patience_s=30)
        run(office, lantai, given.agency, once=given.once)
    states = Counter(line.state for line in office.lines())
    print(", ".join(f"{state} {count}" for state, count in sorted(states.items())) or "nothing closed yet")  # noqa: T201
    return 1 if states["returned"] or states["refused"] else 0


def run(office: Office, lantai: Lantai, agency: str, *, once: bool) -> None:
    """Files and asks, for ever or until all is settled."""
    while True:
        file_closed_matters(office, lantai, agency)
        ask_what_became_of_them(office, lantai)
        if once and all(line.state in SETTLED for line in office.lines()):
            return
        time.sleep(1)


def invent(office: Office, count: int) -> None:
    """Closed matters with one small PDF each."""
    first = len(office.lines()) + 1
    for number in range(first, first + count):
        name = f"{number}.pdf"
        (office.documents / name).write_bytes(_pdf(f"matter {number}"))
        day = date(2024, 1, 1) + timedelta(days=number % 366)
        title = f"关于第{number}号河道管理事项的批复"
        office.close_matter(office.open_matter(title, f"东水〔2024〕{number}号", day.isoformat(), [name]))


def _pdf(title: str) -> bytes:
    """An A4 page with a frame."""
    page = b"q 60 60 475 722 re S Q"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << >> /Contents 4 0 R >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(page), page),
        b"<< /Title (%s) >>" % title.encode("ascii"),
    ]
    body, places = b"%PDF-1.7\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    trailer = b"trailer\n<< /Size %d /Root 1 0 R /Info 5 0 R >>\nstartxref\n%d\n%%%%EOF\n"
    size = len(objects) + 1
    return body + b"xref\n0 %d\n0000000000 65535 f \n" % size + table + trailer % (size, len(body))


if __name__ == "__main__":
    sys.exit(main())

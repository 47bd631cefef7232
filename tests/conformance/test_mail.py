"""E-mails with published results: Stalwart's mail-parser, and mime4j with the samples of MIME-tools."""

import json
import re
from collections import Counter

import pytest
from lxml import etree

from lantai.formats.mail.bodies import attachment_name, part_bytes, part_text
from lantai.formats.mail.message import parse_message
from lantai.formats.mail.structure import Splitter
from lantai.formats.mail.transfer import Span

from .differing import COLUMNS, differences
from .scores import corpus, hold_score

FIELDS = ("subject", "from", "to", "cc", "date", "text", "html", "attachments")


def hold_differences(name, apart):
    hold_score(
        f"{name}-differences",
        title=f"E-mail: what differs ({name})",
        corpus=name,
        note="Each message that is read otherwise than stated: why, and what its sender is told.",
        columns=COLUMNS,
        rows=differences(name, apart, "mail"),
    )


def tidy(text):
    return "\n".join(line.rstrip() for line in text.replace("\r\n", "\n").split("\n")).strip()


def agrees(found, expected):
    """Equal; where the other parser could not decode (U+FFFD), whatever we decoded stands."""
    if isinstance(expected, list | tuple):
        return found is not None and len(found) == len(expected) and all(map(agrees, found, expected))
    if isinstance(expected, str) and "\ufffd" in expected:
        return bool(re.fullmatch(".*".join(map(re.escape, re.split("\ufffd+", expected))), found, re.DOTALL))
    return found == expected


def values(part, name):
    return [
        field["value"] for field in part["headers"] if field["name"] == name and field["value"] != "Empty"
    ]


def mailboxes(part, name):
    found = []
    for value in values(part, name):
        groups = value["Address"]
        listed = groups.get("List") or [entry for group in groups["Group"] for entry in group["addresses"]]
        found += [(entry["name"] or "", entry["address"] or "") for entry in listed]
    return found


def moment(part):
    for value in values(part, "date"):
        date = value["DateTime"]
        minutes = (date["tz_hour"] * 60 + date["tz_minute"]) * (-1 if date["tz_before_gmt"] else 1)
        return [*(date[unit] for unit in ("year", "month", "day", "hour", "minute", "second")), minutes]
    return None


def named(part):
    for header, parameter in (("content_disposition", "filename"), ("content_type", "name")):
        for value in values(part, header):
            for attribute in value.get("ContentType", {}).get("attributes") or []:
                if attribute["name"] == parameter:
                    return attribute["value"]
    return ""


def texts(document, key):
    bodies = [document["parts"][index]["body"] for index in document[key]]
    found = [body.get("Text", body.get("Html")) for body in bodies if isinstance(body, dict)]
    return [tidy(text) for text in found if text is not None]


def expected_of(document):
    root = document["parts"][0]
    subject = values(root, "subject")
    return {
        "subject": tidy(subject[0]["Text"]) if subject else "",
        **{name: mailboxes(root, name) for name in ("from", "to", "cc")},
        "date": moment(root),
        "text": texts(document, "text_body"),
        "html": texts(document, "html_body"),
        "attachments": [named(document["parts"][index]) for index in document["attachments"]],
    }


def found_of(data):
    message = parse_message(data)
    people = {"from": message.senders, "to": message.to, "cc": message.cc}
    date = message.date
    return {
        "subject": message.subject,
        **{name: [(who.name, who.address) for who in group] for name, group in people.items()},
        "date": date and [*date.timetuple()[:6], int(date.utcoffset().total_seconds() // 60)],
        "text": [tidy(part_text(part)) for part in message.views.text],
        "html": [tidy(part_text(part)) for part in message.views.html],
        "attachments": [attachment_name(part) for part in message.views.attachments],
    }


@pytest.mark.requirement("S19")
@pytest.mark.requirement("Z8")
def test_messages_are_read_as_another_parser_reads_them():
    files = sorted((corpus("mail-stalwart") / "resources" / "eml").glob("*/*.eml"))
    right, whole, of, apart = Counter(), Counter(), Counter(), {}
    for path in files:
        expected = expected_of(json.loads(path.with_suffix(".json").read_text()))
        found = found_of(path.read_bytes())
        agreed = [name for name in FIELDS if agrees(found[name], expected[name])]
        right.update(agreed)
        whole[path.parent.name] += len(agreed) == len(FIELDS)
        of[path.parent.name] += 1
        if len(agreed) < len(FIELDS):
            apart[f"{path.parent.name}/{path.name}"] = path
    hold_score(
        "mail-stalwart",
        title="E-mail: fields, text and attachments",
        corpus="mail-stalwart",
        note="Messages on which every field agrees, by folder, then by field over all folders. Where the other "
        "parser gave up a character (U+FFFD), what was decoded stands. Most of the rest are malformed messages in "
        "which RFC 2046 5.1.2 (an outer boundary ends an inner part) is read differently.",
        columns=["part", "agree", "of"],
        rows=[
            *([folder, whole[folder], of[folder]] for folder in sorted(of)),
            ["all folders", whole.total(), len(files)],
            *([name, right[name], len(files)] for name in FIELDS),
        ],
    )
    assert whole.total() / len(files) >= 0.8
    hold_differences("mail-stalwart", apart)


def outline(element, folder):
    """The structure mime4j states: kind, fields, and parts or decoded bytes."""
    fields = [squeezed(field.text or "") for field in element.findall("header/field")]
    if (multipart := element.find("multipart")) is not None:
        return "multipart", fields, [outline(part, folder) for part in multipart.findall("body-part")]
    if (message := element.find("message")) is not None:
        return "message", fields, [outline(message, folder)]
    for body in element:
        if body.tag in {"text-body", "binary-body"}:
            return "leaf", fields, (folder / body.get("name")).read_bytes()
    return "leaf", fields, b""


def squeezed(text):
    return re.sub(r"\s+", "", text).lower()


def same(part, expected):
    kind, fields, content = expected
    found = "multipart" if part.is_multipart else "message" if part.is_message else "leaf"
    stated = [squeezed(f"{field.name}:{field.raw.decode('latin-1')}") for field in part.header.fields]
    if found != kind or stated != fields:
        return False
    if kind == "leaf":
        plain = content.replace(b"\r\n", b"\n").strip(b"\n")
        return plain in {
            part_bytes(part).replace(b"\r\n", b"\n").strip(b"\n"),
            part_text(part).encode().replace(b"\r\n", b"\n").strip(b"\n"),
        }
    return len(part.parts) == len(content) and all(map(same, part.parts, content))


@pytest.mark.requirement("Z8")
def test_malformed_mime_is_taken_apart_as_another_parser_does():
    right, of, apart = Counter(), Counter(), {}
    for path in sorted(corpus("mail-mimetools-mime4j").rglob("*.msg")):
        stated = etree.fromstring(path.with_name(f"{path.stem}_decoded.xml").read_bytes())
        data = path.read_bytes()
        root = Splitter().split(Span(data, 0, len(data)))
        agrees_whole = same(root, outline(stated, path.parent))
        right[path.parent.name] += agrees_whole
        if not agrees_whole:
            apart[f"{path.parent.name}/{path.name}"] = path
        of[path.parent.name] += 1
    hold_score(
        "mail-mime4j",
        title="E-mail: malformed MIME",
        corpus="mail-mimetools-mime4j",
        note="Messages whose parts, fields and decoded contents are those mime4j states. Two files state what "
        "mime4j yields under an option other than its default; in two the last bytes of unpadded base64, which "
        "mime4j drops, are kept.",
        columns=["folder", "agree", "of"],
        rows=[
            *([folder, right[folder], of[folder]] for folder in sorted(of)),
            ["all", right.total(), of.total()],
        ],
    )
    assert right.total() / of.total() >= 0.9
    hold_differences("mail-mime4j", apart)

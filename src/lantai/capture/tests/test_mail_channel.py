"""Messages become records one by one, with attachments and conversation; every sample ends in a decision."""

import contextlib
import email.policy
import itertools
import mailbox
import os
from email.message import EmailMessage
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from lantai.capture.api import Submission
from lantai.capture.channels.mail_showing import harmless
from lantai.core.events import deliver_pending
from lantai.formats.api import show_message
from lantai.records.api import Document, Record, document_path
from lantai.records.tests import factories as records

from . import factories as make
from .sites import picture
from .test_pages import enter

pytestmark = pytest.mark.django_db
_numbers = itertools.count(1)


def letter(subject="关于防汛值班的通知", answers=None, html="", **attached):
    """A message as a mail system writes it."""
    message = EmailMessage(policy=email.policy.SMTP)
    number = next(_numbers)
    message["From"] = "林岚 <linlan@yunzhou.example>"
    message["To"] = "陈默 <chenmo@yunzhou.example>"
    message["Subject"] = subject
    message["Date"] = f"Tue, 02 Jun 2026 09:{number % 60:02d}:00 +0800"
    message["Message-ID"] = f"<{number}@yunzhou.example>"
    if answers:
        message["In-Reply-To"] = message["References"] = answers["Message-ID"]
    message.set_content("请各科室安排值班。\n")
    if html:
        message.add_alternative(html, subtype="html")
        message.get_payload()[-1].add_related(picture("red"), "image", "png", cid="<one@here>")
    for name, data in attached.items():
        message.add_attachment(data, maintype="application", subtype="pdf", filename=f"{name}.pdf")
    return message


def schemes():
    make.agency()
    records.scheme(fonds=records.fonds(), category="YJ", year_from=1970)
    records.scheme(fonds=records.fonds(), category="WY", year_from=1990)


def boxed(path, *messages):
    box = mailbox.mbox(path)
    for message in messages:
        box.add(message)
    box.close()
    return path


@pytest.mark.requirement("S18")
def test_each_message_of_a_box_is_a_record_with_its_bytes_attachments_and_conversation(tmp_path, client):
    schemes()
    first = letter(值班表=make.pdf().read_bytes())
    second = letter(subject="Re: 关于防汛值班的通知", answers=first)
    third = letter(subject="Re: 关于防汛值班的通知", answers=second)
    other = letter(subject="另一件事")
    path = boxed(tmp_path / "六月.mbox", first, second, third, other)
    person = enter(client, "record_archivist")
    data = SimpleUploadedFile("六月.mbox", path.read_bytes())
    form = {"files": [data], "key": "k", "classification": "限制", "retention": "30年"}
    sent = client.post(reverse("capture:mail"), form)
    submission = make.run_process(Submission.objects.get())

    assert person.organisation_id == submission.agency_id
    assert sent.url == reverse("capture:submission", args=[submission.id])
    assert submission.state == "accepted", [item.findings for item in submission.items.all()]
    assert Record.objects.count() == 4
    record = Record.objects.get(title="关于防汛值班的通知")
    assert (record.retention, record.classification) == ("D30", "限制")
    assert record.metadata["收件人"] == "陈默 <chenmo@yunzhou.example>"
    body, attached = record.documents.order_by("sequence")
    with contextlib.closing(mailbox.mbox(path)) as box:
        assert document_path(body).read_bytes().rstrip() == box.get_bytes(0).rstrip()
    assert attached.original_name.endswith("值班表.pdf")
    assert document_path(attached).read_bytes().startswith(b"%PDF")

    deliver_pending()
    page = client.get(reverse("capture:exhibit", args=[record.id])).content.decode()
    assert "请各科室安排值班" in page
    assert "往来邮件 3 封" in page
    assert 'data-depth="2"' in page
    assert "另一件事" not in page


def test_a_message_shown_runs_nothing_and_asks_for_nothing(tmp_path):
    html = (
        '<p onclick="x()">值班</p><img src="cid:one@here"><img src="https://spy.example/p.gif">'
        '<script>alert(1)</script><link rel="stylesheet" href="https://spy.example/a.css">'
        '<div style="background:url(//spy.example/b.png)"></div><a href="javascript:x()">a</a>'
        '<form action="https://spy.example/"><input></form><style>@import "https://spy.example/c.css"</style>'
    )
    path = tmp_path / "一.eml"
    path.write_bytes(letter(html=html).as_bytes())
    shown = show_message(path)
    page = harmless(shown.html, shown.pictures)
    assert "spy.example" not in page
    assert "script" not in page
    assert "onclick" not in page
    assert 'src="data:image/png;base64,' in page


def test_a_message_that_was_split_is_filed_by_another_process(tmp_path):
    """What a box is split into lies beside the submission, not in a folder of the process."""
    schemes()
    submission = make.processed(boxed(tmp_path / "box.mbox", letter(), letter(subject="二")))
    assert submission.counts["accepted"] == 2
    assert {document.original_name for document in Document.objects.all()} == {"000001.eml", "000002.eml"}


def samples():
    """Every mail and web sample there is."""
    root = Path(os.environ.get("LANTAI_CORPORA") or Path(__file__).parents[5] / "shared" / "corpora")
    endings = (".eml", ".msg", ".mbox", ".warc", ".warc.gz", ".arc", ".arc.gz", ".wacz", ".bad")
    return [
        path
        for kind in ("mail-*", "warc-*")
        for folder in sorted(root.glob(kind))
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name.lower().endswith(endings) and path.stat().st_size
    ]


def test_every_sample_is_accepted_or_comes_back_with_a_reason(tmp_path):
    found = samples()
    if not found:
        pytest.skip("no mail or web samples; set LANTAI_CORPORA")
    schemes()
    alone = [path for path in found if not path.name.endswith((".eml", ".msg"))]
    alone += found[::30]
    folder = tmp_path / "mail"
    for number, path in enumerate(path for path in found if path.name.endswith((".eml", ".msg"))):
        target = folder / f"{number:04d}.eml"
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(path.read_bytes())
    decided = 0
    for path in [*([folder] if folder.exists() else []), *alone]:
        submission = make.processed(path)
        assert submission.is_finished, path
        for item in submission.items.filter(state="returned"):
            assert item.findings or submission.counts["findings"], (path, item.title)
        decided += submission.counts["items"]
    assert decided >= len(found)

"""Files of photographs and recordings go before their form, piece by piece, and survive a dropped connection."""

import pytest
from django.urls import reverse

from lantai.capture.api import Submission
from lantai.capture.channels.api_upload import path_of
from lantai.capture.models import Upload
from lantai.records.api import Document

from .test_entry_pages import GROUP, RECORDING, clerk, exhibit, picture, rows, sound  # noqa: F401 - a fixture
from .test_uploads import begin, offset, piece, whole

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("S18")]


@pytest.mark.requirement("DA/T 63-2017")
def test_a_recording_whose_connection_dropped_goes_on_where_it_was(clerk):  # noqa: F811
    content = sound().read()
    address = begin(clerk, {}, len(content), **{"Upload-Metadata": "filename 5Y6f5aeLLndhdg=="})["Location"]
    piece(clerk, {}, address, 0, content[:20_000])
    values = RECORDING | {"upload-master": address.rsplit("/", 1)[1]} | rows("clips", {})
    assert clerk.post(reverse("capture:recordings"), values).status_code == 409, "not all of it is here"
    assert offset(clerk, {}, address) == 20_000
    piece(clerk, {}, address, 20_000, content[20_000:])
    sent = clerk.post(reverse("capture:recordings"), values)
    assert sent.status_code == 302, sent.content.decode()
    again = clerk.post(reverse("capture:recordings"), values)
    assert (again.status_code, again.url) == (302, sent.url), "an answer that was lost is given again"
    upload = Upload.objects.get()
    assert upload.submission == Submission.objects.get()
    assert not path_of(upload.id).exists()
    assert "原始.wav" in exhibit(clerk)


@pytest.mark.requirement("DA/T 54-2014")
def test_uploads_of_a_form_that_was_refused_are_used_when_it_is_right(clerk):  # noqa: F811
    names = [whole(clerk, {}, picture(name).read(), name) for name in ("一.jpg", "二.jpg")]
    photos = rows("photographs", {"persons": "陈墨"}, {"persons": ""})
    photos |= {f"upload-photographs-{place}-file": name for place, name in enumerate(names)}
    refused = clerk.post(reverse("capture:photographs"), GROUP | {"occasion": ""} | photos)
    assert refused.status_code == 422
    assert not Submission.objects.exists()
    assert clerk.post(reverse("capture:photographs"), GROUP | photos).status_code == 302
    exhibit(clerk)
    assert {"一.jpg", "二.jpg"} <= set(Document.objects.values_list("original_name", flat=True))


def test_an_upload_of_somebody_else_is_not_taken(client, clerk):  # noqa: F811
    name = whole(clerk, {}, sound().read(), "原始.wav")
    Upload.objects.update(actor_id="person:else")
    answer = clerk.post(
        reverse("capture:recordings"), RECORDING | {"upload-master": name} | rows("clips", {})
    )
    assert answer.status_code == 404
    assert not Submission.objects.exists()

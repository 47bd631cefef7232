"""The door: nothing comes in twice, nothing stays behind, nobody comes in for somebody else."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile, TemporaryUploadedFile

from lantai.capture import intake
from lantai.capture.api import Submission, receive_items, receive_package
from lantai.core.errors import Conflict, Forbidden, Invalid, NotFound, Unavailable
from lantai.core.jobs import Job
from lantai.core.settings import home

from . import factories as make

pytestmark = pytest.mark.django_db


def left_over():
    root = home() / "intake"
    return sorted(path.name for path in root.iterdir()) if root.exists() else []


def upload(data=b"PK\x03\x04 some package", name="六月公文.zip"):
    return SimpleUploadedFile(name, data)


def receive(file, key="k-1", **values):
    values = {"agency": make.agency(), "channel": "upload", "actor": make.clerk(), **values}
    return receive_package(file=file, key=key, **values)


def test_a_package_is_stored_as_it_came_and_a_worker_is_told():
    received = receive(upload())
    submission = received.submission
    assert received.created
    assert (home() / submission.package_path).read_bytes() == b"PK\x03\x04 some package"
    assert submission.title == "六月公文"
    assert Job.objects.get(id=submission.job_id).kind == "capture.process"


def test_an_upload_that_was_spooled_to_disk_is_moved_and_digested():
    spooled = TemporaryUploadedFile("六月公文.zip", "application/zip", 3, None)
    spooled.write(b"abc")
    spooled.seek(0)
    submission = receive(spooled).submission
    assert (
        submission.sm3 == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    )  # GB/T 32905 A.1
    assert (home() / submission.package_path).read_bytes() == b"abc"


@pytest.mark.requirement("Z57")
def test_the_same_key_and_bytes_are_the_same_submission():
    first = receive(upload())
    again = receive(upload())
    assert again.submission.id == first.submission.id
    assert not again.created
    assert Submission.objects.count() == 1
    assert left_over() == [str(first.submission.id)]


@pytest.mark.requirement("Z57")
def test_the_same_key_with_other_bytes_is_refused_and_leaves_nothing():
    first = receive(upload())
    with pytest.raises(Conflict) as refused:
        receive(upload(b"PK\x03\x04 another"))
    assert refused.value.remedy
    assert left_over() == [str(first.submission.id)]


def test_keys_of_two_agencies_do_not_meet():
    from lantai.records.tests import factories as records

    receive(upload())
    other = records.organisation("990100-002", "云州市水利局", "agency", records.archive())
    stranger = make.clerk()
    stranger = type(stranger)(
        **{**{n: getattr(stranger, n) for n in stranger.__slots__}, "organisation_id": other.id}
    )
    assert receive(upload(b"PK\x03\x04 another"), agency=other, actor=stranger).created


def test_without_a_key_every_upload_is_a_submission_of_its_own():
    assert receive(upload(), key="").created
    assert receive(upload(), key="").created


def test_an_empty_file_is_refused_and_leaves_nothing():
    with pytest.raises(Invalid) as refused:
        receive(upload(b""))
    assert refused.value.subject == "六月公文.zip"
    assert left_over() == []


def test_an_upload_over_the_limit_is_refused_before_it_is_stored(monkeypatch):
    monkeypatch.setenv("LANTAI_MAX_UPLOAD_BYTES", "10")
    with pytest.raises(Invalid):
        receive(upload())
    assert left_over() == []


def test_a_full_disk_is_told_and_leaves_nothing(monkeypatch):
    monkeypatch.setenv("LANTAI_DISK_ALARM_BYTES", str(10**18))
    with pytest.raises(Unavailable) as refused:
        receive(upload())
    assert refused.value.remedy
    assert left_over() == []


def test_an_upload_that_breaks_off_leaves_nothing():
    class Broken(SimpleUploadedFile):
        def chunks(self, chunk_size=None):
            yield b"PK"
            raise ConnectionResetError("the sender is gone")

    with pytest.raises(ConnectionResetError):
        receive(Broken("六月公文.zip", b"PK and more"))
    assert left_over() == []
    assert not Submission.objects.exists()


def test_what_a_killed_upload_left_is_swept_a_day_later():
    abandoned = home() / "intake" / "0193aaaa.partial"
    abandoned.mkdir(parents=True)
    kept = receive(upload()).submission
    now_s = abandoned.stat().st_mtime
    assert intake.sweep(frozenset({str(kept.id)}), now_s + 60) == 0
    assert intake.sweep(frozenset({str(kept.id)}), now_s + 2 * 24 * 3600) == 1
    assert left_over() == [str(kept.id)]


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("关于防汛的通知.eml", "关于防汛的通知.eml"),
        ("包" * 100 + ".tar.gz", "包" * 82 + ".tar.gz"),
        ("x.WARC.gz", "x.WARC.gz"),
        (".zip", ".zip"),
    ],
)
def test_a_lone_file_keeps_its_senders_name_in_a_folder_of_its_own(name, kept):
    submission = receive(upload(name=name)).submission
    assert submission.package_path == f"intake/{submission.id}/package/{kept}"
    assert [path.name for path in (home() / f"intake/{submission.id}").iterdir()] == ["package"]


@pytest.mark.parametrize("name", ["", "..", "filing.jsonl", "\udce6\udce7.eml"])
def test_a_name_no_file_can_bear_or_of_another_charset_does_no_harm(name, tmp_path):
    folder = tmp_path / "kept"
    folder.mkdir()
    place = intake._place_for(folder, name)
    place.write_bytes(b"x")
    assert place.parent == folder / "package"
    str(place).encode()  # it can be stored


def test_a_folder_with_a_link_is_refused(tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "目录.csv").write_text("题名\n甲\n")
    (folder / "passwd").symlink_to("/etc/passwd")
    with pytest.raises(Invalid):
        receive(folder)
    assert left_over() == []


def test_the_size_of_a_folder_is_that_of_its_files():
    folder = make.package(make.item(1), make.item(2), archive=False)
    expected = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    assert make.received(folder).submission.size_bytes == expected


def test_nobody_submits_for_another_agency():
    from lantai.records.tests import factories as records

    other = records.organisation("990100-002", "云州市水利局", "agency", records.archive())
    with pytest.raises(Forbidden):
        receive(upload(), agency=other)


@pytest.mark.parametrize("role", ["receiving_archivist", "reviewer", "system_officer", "supervisor"])
def test_only_clerks_and_the_record_office_submit(role):
    actor = make._actor(role, make.agency().id)
    with pytest.raises(Forbidden):
        receive(upload(), actor=actor)
    assert left_over() == []


def test_an_earlier_batch_of_another_agency_cannot_be_continued():
    from lantai.records.tests import factories as records

    other = records.organisation("990100-002", "云州市水利局", "agency", records.archive())
    theirs = Submission.objects.create(
        agency=other, channel="api", title="别家的", package_path="x", submitted_by="x",
        submitted_by_name="x", received_at="2026-01-01T00:00:00Z",
    )  # fmt: skip
    with pytest.raises(NotFound):
        receive(upload(), previous=theirs)


def test_loose_files_become_a_package_and_then_a_record():
    from lantai.capture.services import description_of
    from lantai.capture.tasks import PROCESS
    from lantai.core.jobs import run_inline
    from lantai.records.api import Record

    agency = make.agency()
    given = {
        "title": "关于防汛值班安排的通知", "together": True, "responsible": agency.name, "date": "2024年6月2日",
        "document_number": "", "retention": "", "classification": "公开",
    }  # fmt: skip
    files = [SimpleUploadedFile(f"{n}.pdf", make.pdf().read_bytes()) for n in ("正文", "附件")]
    received = receive_items(
        items=[(description_of(given, "正文.pdf", agency, None), files)],
        agency=agency, channel="upload", key="", actor=make.archivist(), title="值班安排", enqueue=False,
    )  # fmt: skip
    run_inline(PROCESS, make.archivist(), progress=False, submission_id=str(received.submission.id))

    record = Record.objects.get()
    assert record.title == "关于防汛值班安排的通知"
    assert str(record.date_start) == "2024-06-02"
    assert [document.original_name for document in record.documents.all()] == ["正文.pdf", "附件.pdf"]

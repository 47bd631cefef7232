"""Several workers add the scans of one import: each piece once, by whoever has it in hand."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from lantai.catalogue.importing.scans import checking, loading
from lantai.catalogue.models import ImportPart
from lantai.core.jobs.execution import help_job
from lantai.core.jobs.models import Job
from lantai.records.api import Document, Record

from .tables import checked, csv_file, loaded, row
from .test_scans import attach, scanned

PIECES = 4


def help_out(job_id, attempt):
    """What another worker does when it is asked for help."""
    try:
        return help_job.func(job_id, attempt)
    finally:
        connection.close()


def wait_for(number_of_parts, batch):
    until = time.monotonic() + 60
    while ImportPart.objects.filter(batch=batch).count() < number_of_parts:
        assert time.monotonic() < until, "nobody helped"
        time.sleep(0.02)


@pytest.mark.requirement("S15")
@pytest.mark.django_db(transaction=True)
def test_workers_share_the_scans_of_an_import_and_each_comes_once(tmp_path, monkeypatch):
    if connection.vendor != "postgresql":
        pytest.skip("on SQLite, which has one writer, nothing is shared")
    monkeypatch.setattr(checking, "AT_ONCE", 1)
    numbers = range(1, PIECES + 1)
    loaded(csv_file(tmp_path, [row(number, 页数="1") for number in numbers]))
    batch = checked(scanned(tmp_path / "扫描件", dict.fromkeys(numbers, 1)))
    place, helping = loading._place, []

    def place_and_let_help(planned, root):
        if not helping:
            job = Job.objects.latest("id")
            helping.append(helper.submit(help_out, str(job.id), job.attempt))
            wait_for(PIECES - 1, batch)
        place(planned, root)

    monkeypatch.setattr(loading, "_place", place_and_let_help)
    with ThreadPoolExecutor(1) as helper:
        attach(batch)
    assert helping[0].result() == str(PIECES - 1)
    assert batch.counts["loaded"] == {"created": PIECES}
    assert [record.documents.count() for record in Record.objects.all()] == [1] * PIECES
    assert Document.objects.count() == batch.parts.count() == PIECES

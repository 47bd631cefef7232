"""Records that went the whole road, with real files, in the state a test asks for."""

import io

import docx
import pikepdf
from django.test import TestCase
from PIL import Image

from lantai.core.actors import SYSTEM
from lantai.records.api import Record, create_records
from lantai.records.tests.factories import archive, draft
from lantai.vault.api import IngestItem, ingest
from lantai.vault.tests.factories import document

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def a_pdf(pages=1):
    """A real PDF."""
    out = io.BytesIO()
    with pikepdf.new() as pdf:
        for _ in range(pages):
            pdf.add_blank_page()
        pdf.save(out)
    return out.getvalue()


def a_word_file(*paragraphs):
    """A real DOCX."""
    out = io.BytesIO()
    text = docx.Document()
    for paragraph in paragraphs:
        text.add_paragraph(paragraph)
    text.save(out)
    return out.getvalue()


def a_tiff(shade=200):
    """A real one-page TIFF."""
    out = io.BytesIO()
    Image.new("L", (60, 90), shade).save(out, "TIFF")
    return out.getvalue()


def held(*documents, mark="open", **values):
    """A record in the vault with the opening mark given."""
    documents = documents or (document(a_pdf(), "正文.pdf"),)
    values = {"date_text": "1958-11-03", "year": 1958, **values}
    record = create_records([draft(documents=list(documents), state="handing_over", **values)], SYSTEM)[0]

    def settle(ids):
        Record.objects.filter(id__in=ids).update(state="held", custodian=archive(), opening_mark=mark)

    with TestCase.captureOnCommitCallbacks(execute=True):
        ingest([IngestItem(record.id)], SYSTEM, settle=settle)
    record.refresh_from_db()
    return record

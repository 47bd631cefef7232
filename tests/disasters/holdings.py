"""What the archive holds: ``fill`` makes it, ``tell`` prints it so that two can be compared, ``more`` adds a record."""

from __future__ import annotations

import hashlib
import json
import sys

import django

django.setup()

from lantai.core.actors import SYSTEM  # noqa: E402
from lantai.institutions.api import Person  # noqa: E402
from lantai.institutions.tests.factories import a_person, an_agency  # noqa: E402
from lantai.ledger.api import head, sequence_pending, write_evidence  # noqa: E402
from lantai.records.api import Document, Record  # noqa: E402
from lantai.vault.api import IngestItem, ingest, keep_papers, open_document  # noqa: E402
from lantai.vault.policy import PolicyTerms, set_policy  # noqa: E402
from lantai.vault.tests.factories import document, record, records  # noqa: E402


def fill() -> None:
    """Records with files, entries without, somebody with a role, and a rule on copies."""
    a_person("record_archivist", organisation=an_agency())
    set_policy(terms=PolicyTerms(3, elsewhere=1), actor=SYSTEM)
    held = [*records(4), record(title="目录条目一"), record(title="目录条目二")]
    ingest([IngestItem(row.id) for row in held], SYSTEM)
    seal()


def more() -> None:
    """One more record, as a version that turns out to be bad wrote it."""
    ingest([IngestItem(record(document(b"written by the bad version"), title="其间入库的件").id)], SYSTEM)
    seal()


def seal() -> None:
    """The ledger in order, signed, and on every store."""
    sequence_pending()
    keep_papers()
    sequence_pending()
    write_evidence()


def tell() -> None:
    """Everything two archives must have alike."""
    latest = head()
    documents = Document.objects.order_by("record__title", "sequence")
    told = {
        "records": list(Record.objects.order_by("title").values_list("title", "reference_code")),
        "files": [
            hashlib.sha512(open_document(row).read_bytes()).hexdigest() == row.sha512 for row in documents
        ],
        "people": list(Person.objects.order_by("username").values_list("username", flat=True)),
        "leaves": latest.size if latest else 0,
    }
    print(json.dumps(told))  # noqa: T201


if __name__ == "__main__":
    {"fill": fill, "more": more, "tell": tell}[sys.argv[1]]()

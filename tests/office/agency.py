"""An agency with a key, prepared for the office system: ``python -m tests.office.agency``."""

from __future__ import annotations

import json
import os


def main() -> None:
    """Fills ``LANTAI_HOME`` and prints the key."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lantai.config.settings")
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    from lantai.capture.tests import factories
    from lantai.core.actors import SYSTEM
    from lantai.institutions.api import issue_api_key

    _key, text = issue_api_key(
        organisation=factories.agency(), label="办公系统", rate_per_minute=60_000, actor=SYSTEM
    )
    from lantai.catalogue.tests.tables import prepared

    prepared()  # a fonds of another agency, J001, whose catalogue an archivist's key imports
    _key, archivist = issue_api_key(
        organisation=prepared().creator, label="目录系统", role="record_archivist", rate_per_minute=60_000, actor=SYSTEM
    )  # fmt: skip
    print(  # noqa: T201 - the answer
        json.dumps({"key": text, "archivist_key": archivist, "agency": factories.agency().name})
    )


def facts() -> None:
    """Prints what the platform holds."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lantai.config.settings")
    import django

    django.setup()
    from lantai.capture.models import Submission, Upload
    from lantai.records.api import Record

    keys = list(Submission.objects.values_list("idempotency_key", flat=True))
    print(  # noqa: T201 - the answer
        json.dumps(
            {
                "submissions": len(keys),
                "keys": len(set(keys)),
                "states": sorted(set(Submission.objects.values_list("state", flat=True))),
                "records": Record.objects.count(),
                "numbers": Record.objects.values("title").distinct().count(),
                "uploads": Upload.objects.filter(submission=None).count(),
            }
        )
    )


if __name__ == "__main__":
    import sys

    facts() if sys.argv[1:] == ["facts"] else main()

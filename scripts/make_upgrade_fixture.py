"""Writes the data of the first release that tests/upgrade/ upgrades: a tiny region, the database as SQL.

Run it once a release, on the release's own code: ``.venv/bin/python scripts/make_upgrade_fixture.py``.
Everything in it is invented; the files of its records are not kept.
"""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
import sys
import tempfile
from datetime import date
from pathlib import Path

TARGET = Path(__file__).parents[1] / "tests" / "upgrade" / "release-0"
PASSPHRASE = "upgrade-fixture"  # noqa: S105 - its keys sign nothing but the fixture
STORES = ("use", "backup-near", "backup-far")
LIMIT_BYTES = 300 * 1024


def main() -> int:
    """Walks one package down the road in a scratch folder and dumps what the database holds."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        os.environ |= {
            "LANTAI_HOME": folder,
            "LANTAI_KEYSTORE_PASSPHRASE": PASSPHRASE,
            "DJANGO_SETTINGS_MODULE": "lantai.config.settings",
        }
        os.environ.pop("LANTAI_DATABASE_URL", None)
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        settle()
        walk(home)
        with sqlite3.connect(home / "lantai.sqlite3") as database:
            text = "\n".join(database.iterdump()) + "\n"
        shutil.rmtree(TARGET, ignore_errors=True)
        for kept in ("keystore.json", "vault.toml", "ledger", *(f"vault/{key}/store.json" for key in STORES)):
            keep(home, kept)
        (TARGET / "database.sql").write_text(text, encoding="utf-8")
    size = len(text.encode())
    sys.stdout.write(f"{TARGET.name}/database.sql: {size / 1024:.0f} KiB\n")
    return int(size > LIMIT_BYTES)


def keep(home: Path, name: str) -> None:
    """Copies a file or folder of the data folder; the stores' ledgers are copies of the one kept."""
    (TARGET / name).parent.mkdir(parents=True, exist_ok=True)
    if (home / name).is_dir():
        shutil.copytree(home / name, TARGET / name)
    else:
        shutil.copyfile(home / name, TARGET / name)


def settle() -> None:
    """One archive, one agency, the people who act, one fonds."""
    from lantai.core.actors import SYSTEM
    from lantai.demo.region import agency
    from lantai.institutions import api as institutions
    from lantai.records.api import Arrangement, Fonds, Scheme, create_fonds, create_scheme

    body = agency("DYSWJ")
    region = institutions.create_region(name="东屿市", division_code="990100", actor=SYSTEM)
    place = {"region": region, "actor": SYSTEM}
    archive = institutions.create_organisation(kind="archive", name="东屿市档案馆", code="499001", **place)
    office = institutions.create_organisation(
        kind="agency", name=body.name, code=body.code, archive=archive, **place
    )
    people = [("chenmo", "陈墨", "record_archivist", office), ("zhouting", "周汀", "receiving_archivist", archive),
              ("shenqiu", "沈秋", "reviewer", archive), ("shenji", "季审", "audit_officer", None)]  # fmt: skip
    for username, name, role, organisation in people:
        person = institutions.create_person(
            username=username, full_name=name, organisation=organisation, must_change_password=False,
            password="Lantai-Demo-2026", actor=SYSTEM,  # noqa: S106 - as the demo tells everybody
        )  # fmt: skip
        institutions.appoint(person=person, role=role, actor=SYSTEM)
    fonds = Fonds(
        archive=archive, creator=office, code=body.fonds, name=body.name, started=date(body.since, 1, 1)
    )
    scheme = Scheme(
        fonds=create_fonds(fonds=fonds, actor=SYSTEM), category="WS", name="文书档案（件）", year_from=1984,
        year_to=2009, arrangement=Arrangement.ITEM, code_template="dat22.item", number_width=4,
    )  # fmt: skip
    create_scheme(scheme=scheme, actor=SYSTEM)


def walk(home: Path) -> None:
    """From the package to records that are held, some of them open, with a signed ledger."""
    from lantai.core.events import deliver_pending
    from lantai.demo import api as demo
    from lantai.demo.parcels import parcels
    from lantai.demo.settlement import actor_in
    from lantai.institutions.api import Organisation
    from lantai.ledger.api import sequence_pending
    from lantai.opening.api import candidates, open_due

    parcel = next(parcel for parcel in parcels() if parcel.key == "DYSWJ-2003")
    papers = home / "papers"
    papers.mkdir()
    parcel.write(papers, home / "parcel.zip", random.Random(parcel.key))  # noqa: S311 - the same papers every time
    demo.send_package(home / "parcel.zip", agency_code="DYSWJ", key=parcel.key, title=parcel.title)
    for step in (demo.sign_waiting, demo.number_captured, demo.hand_over_filed):
        step(demo.Walk(), lambda _done, _total: None)
    reviewer = actor_in("reviewer", Organisation.objects.get(code="499001"))
    due = candidates(reviewer).values_list("id", flat=True)
    open_due(record_ids=list(due.distinct()), note="", actor=reviewer)
    while deliver_pending():
        pass
    sequence_pending()


if __name__ == "__main__":
    raise SystemExit(main())

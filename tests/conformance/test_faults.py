"""The fault matrix: every damage to every kind of file, on one copy and on all, and what came of it."""

from collections import Counter
from itertools import product

import pytest

from lantai.core.actors import SYSTEM
from lantai.vault.api import IngestItem, VaultObject, audit, ingest, repair
from lantai.vault.stores import open_store
from lantai.vault.tests.factories import records

from .scores import hold_score

STORES = ("use", "backup-near", "backup-far")
FILES = {
    "inventory": "inventory.json",
    "sidecar": "inventory.json.sha512",
    "version's inventory": "v1/inventory.json",
    "description": "v1/content/record.xml",
    "content": "v1/content/documents",
}
DAMAGES = {
    "bit flipped": lambda data: data[:9] + bytes([data[9] ^ 1]) + data[10:],
    "cut short": lambda data: data[: len(data) // 2],
    "swapped": lambda data: b"another file of the same length".ljust(len(data))[: len(data)],
    "deleted": None,
}


@pytest.fixture(autouse=True)
def _own_data_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("LANTAI_HOME", str(tmp_path / "home"))


def harm(row, key, part, damage):
    folder = open_store(key).object_files(row.object_path)
    path = next(path for path in sorted(folder.paths()) if path.startswith(FILES[part]))
    file, change = folder.local_path(path), DAMAGES[damage]
    if change is None:
        file.unlink()
    else:
        file.write_bytes(change(file.read_bytes()))


@pytest.mark.django_db(transaction=True)
@pytest.mark.requirement("Z22")
def test_every_damage_is_found_and_mended_while_a_good_copy_exists():
    cases = [*product(DAMAGES, FILES, (1, len(STORES)))]
    ingest([IngestItem(row.id) for row in records(len(cases))], SYSTEM)
    rows = list(VaultObject.objects.order_by("id"))
    harmed = dict(zip((row.object_path for row in rows), cases, strict=True))
    for row, (damage, part, copies) in zip(rows, cases, strict=True):
        for key in STORES[:copies]:
            harm(row, key, part, damage)
    found = Counter(harmed[path] for key in STORES for path, _why in audit(key).findings)
    lost = {harmed[loss.object_path] for loss in repair().losses}
    still = Counter(harmed[path] for key in STORES for path, _why in audit(key).findings)
    table = []
    for damage, copies in product(DAMAGES, (1, len(STORES))):
        own = [(damage, part, copies) for part in FILES]
        mended = sum(not still[case] for case in own)
        said = sum(case in lost for case in own)
        table.append([damage, copies, len(own) * copies, sum(found[case] for case in own), mended, said])
        assert sum(found[case] for case in own) == len(own) * copies
        assert mended + said == len(own)
        assert copies == len(STORES) or not said
    assert {part for _damage, part, _copies in lost} == {"description", "content"}
    hold_score(
        "vault-faults",
        title="Faults in the vault",
        corpus="made by the test itself",
        columns=[
            "damage",
            "copies harmed",
            "files harmed",
            "found",
            "objects whole again",
            "said to be lost",
        ],
        rows=table,
        note="Each damage to an inventory, its sidecar, a version's inventory, a description and a content "
        "file, on one of three copies and on all three. What is lost on every copy is said to be lost, by name.",
    )

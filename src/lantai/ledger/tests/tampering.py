"""Ways to change the past behind the ledger's back, and what verifying must then say."""

from django.db import connection

from lantai.core.findings import Outcome
from lantai.ledger import tree
from lantai.ledger.api import (
    verify,
)
from lantai.ledger.heads import SignedHead
from lantai.ledger.merkle import tree_root
from lantai.ledger.models import Entry, Head, Leaf

from .factories import tampering

SIZE = 300
VICTIM = 123


def entry_at(index):
    return Leaf.objects.select_related("entry").get(index=index).entry


def run(sql, *parameters):
    with tampering() as cursor:
        cursor.execute(sql, parameters)
        assert cursor.rowcount > 0, "the tampering must have touched a row"


def key_of(value):
    return value.hex if connection.vendor == "sqlite" else value


def blob(value):
    return bytes(value)


def assert_names(index, entry_id=""):
    result = verify()
    assert not result.ok
    assert result.first_bad_index == index, [finding.as_dict() for finding in result.findings]
    if entry_id:
        assert result.first_bad_entry == str(entry_id)
    assert all(finding.remedy for finding in result.findings if finding.outcome is Outcome.FAIL)
    return result


def rewrite(entry, **fields):
    """Edits an entry and its leaf so that both agree."""
    for name, value in fields.items():
        run(f"UPDATE ledger_entry SET {name} = %s WHERE id = %s", value, key_of(entry.id))
    forged = Entry.objects.get(id=entry.id)
    run("UPDATE ledger_leaf SET leaf_hash = %s WHERE entry_id = %s", forged.leaf_hash, key_of(entry.id))


def rebuild_tiles():
    with tampering() as cursor:
        cursor.execute("DELETE FROM ledger_tile")
    tree.grow(0, Leaf.objects.count())


def resign_heads():
    """Signs every head anew with the archive's own key, as an insider with the keystore could."""
    sizes = list(Head.objects.order_by("size").values_list("size", flat=True))
    with tampering() as cursor:
        cursor.execute("DELETE FROM ledger_head")
    for size in sizes:
        Head.of(SignedHead.sign(size, tree_root(tree.StoredNodes(), size))).save()

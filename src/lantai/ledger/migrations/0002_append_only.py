"""Triggers that refuse UPDATE and DELETE on what has been written to the ledger."""

from django.db import migrations

from lantai.ledger.append_only import refuse_changes


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial")]
    operations = [
        refuse_changes("ledger_entry", ["id"]),
        refuse_changes("ledger_leaf", ["index"], ["entry_id"]),
        refuse_changes("ledger_head", ["size"]),
        refuse_changes("ledger_tile", ["level", "index"]),
    ]

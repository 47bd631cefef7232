"""What people call the acts of the ledger, from ``data/acts.toml``."""

from __future__ import annotations

from .tables import read_table


def act_label(act: str) -> str:
    """The words for an act; one the table does not know is shown as it stands."""
    return str(read_table("acts")["acts"].get(act, act))

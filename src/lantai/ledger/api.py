"""The ledger's door: what other contexts may use."""

from .append_only import AppendOnlyModel, refuse_changes
from .models import Entry
from .services import append

__all__ = ["AppendOnlyModel", "Entry", "append", "refuse_changes"]

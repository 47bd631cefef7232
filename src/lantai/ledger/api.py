"""The ledger's door: what other contexts may use."""

from .append_only import AppendOnlyModel, refuse_changes
from .models import Entry, Head
from .proofs import Proof
from .selectors import consistency_of, entries_for, head, proof_of
from .sequencer import sequence_pending
from .services import append

__all__ = [
    "AppendOnlyModel",
    "Entry",
    "Head",
    "Proof",
    "append",
    "consistency_of",
    "entries_for",
    "head",
    "proof_of",
    "refuse_changes",
    "sequence_pending",
]

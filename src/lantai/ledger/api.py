"""The ledger's door: what other contexts may use."""

from .append_only import AppendOnlyModel, refuse_changes
from .custody import check_keystore, require_key_of_heads
from .evidence import FolderStore, fill_prepared, write_evidence
from .models import Entry, Head
from .proofs import Proof
from .restoring import restore_from
from .selectors import consistency_of, entries_for, head, proof_of, stands_for
from .sequencer import sequence_pending
from .services import append
from .verification import Verification, verify

__all__ = [
    "AppendOnlyModel",
    "Entry",
    "FolderStore",
    "Head",
    "Proof",
    "Verification",
    "append",
    "check_keystore",
    "consistency_of",
    "entries_for",
    "fill_prepared",
    "head",
    "proof_of",
    "refuse_changes",
    "require_key_of_heads",
    "restore_from",
    "sequence_pending",
    "stands_for",
    "verify",
    "write_evidence",
]

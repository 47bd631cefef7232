"""The vault's door: what other contexts may use."""

from .audit import Audited, audit
from .content import open_document
from .contents import IngestItem, Refusal, page_list_digests
from .erasure import erase, finish_erasures
from .events import RecordsErased, RecordsIngested
from .ingest import Ingested, ingest
from .journal import Recovered, recover
from .models import Copy, Erasure, VaultObject
from .ocfl_validation import validate
from .papers import describe_waiting, keep_papers, restore_waiting
from .rebuild import Rebuilt, rebuild
from .reconciling import Reconciled, reconcile
from .renewal.services import approve_migration, propose_migration
from .repair import Loss, Repaired, repair
from .replication import Replicated, replicate
from .selectors import copies_of, copy_facts
from .stores import StoreFacts, declared_stores
from .versions import Versioned, add_version
from .volumes.checking import check_volume
from .volumes.making import Order as volume_order  # noqa: N813 - an order among many
from .volumes.making import make_volumes
from .volumes.mending import mend_volume
from .volumes.models import OfflineVolume
from .volumes.registering import recall_copies as recall_volume_copies
from .volumes.registering import register_volume
from .volumes.selectors import due_for_reissue as volumes_to_reissue
from .volumes.selectors import still_holding as volumes_still_holding
from .watch.incidents import open_incidents

__all__ = [
    "Audited",
    "Copy",
    "Erasure",
    "IngestItem",
    "Ingested",
    "Loss",
    "OfflineVolume",
    "Rebuilt",
    "Reconciled",
    "RecordsErased",
    "RecordsIngested",
    "Recovered",
    "Refusal",
    "Repaired",
    "Replicated",
    "StoreFacts",
    "VaultObject",
    "Versioned",
    "add_version",
    "approve_migration",
    "audit",
    "check_volume",
    "copies_of",
    "copy_facts",
    "declared_stores",
    "describe_waiting",
    "erase",
    "finish_erasures",
    "ingest",
    "keep_papers",
    "make_volumes",
    "mend_volume",
    "open_document",
    "open_incidents",
    "page_list_digests",
    "propose_migration",
    "rebuild",
    "recall_volume_copies",
    "reconcile",
    "recover",
    "register_volume",
    "repair",
    "replicate",
    "restore_waiting",
    "validate",
    "volume_order",
    "volumes_still_holding",
    "volumes_to_reissue",
]

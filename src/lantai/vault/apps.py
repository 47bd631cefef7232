"""Django application of the vault context (总库)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.apps import AppConfig

if TYPE_CHECKING:
    from .stores import Store, StoreFacts


class VaultConfig(AppConfig):
    """Registers the context with Django, its stores with the ledger, its content with records."""

    name = "lantai.vault"
    label = "vault"
    verbose_name = "总库"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Wires the vault to those it serves."""
        from lantai.core.events import subscribe
        from lantai.core.ports import register_evidence_stores, register_paper_part
        from lantai.records.api import RecordsChanged, register_content_source, register_ledger_subjects

        from . import stores
        from .adapters.filesystem import FilesystemStore
        from .content import VaultContent
        from .encryption import EncryptedStore
        from .following import follow_changes
        from .papers import WaitingRecords
        from .selectors import ledger_subjects
        from .volumes.selectors import volume_places

        stores.register_kind("filesystem", FilesystemStore)
        stores.register_kind("s3", _bucket_store)
        stores.register_encryption("sm4", EncryptedStore)
        stores.register_places(volume_places)
        register_evidence_stores(stores.evidence_stores)
        register_content_source(VaultContent())
        register_ledger_subjects(ledger_subjects)
        register_paper_part(WaitingRecords())
        subscribe(RecordsChanged, "vault.describe", follow_changes)
        self._schedule()
        self._show()

    def _schedule(self) -> None:
        """What the worker does again and again, and the jobs it may be given."""
        from lantai.core.tickers import register_ticker

        from . import jobs
        from .allotment import allot
        from .journal import recover
        from .longterm.rounds import hold_when_due
        from .papers import keep_papers
        from .renewal.selectors import count_formats
        from .selectors import count_vault
        from .villages.services import check_due
        from .volumes import jobs as _volume_jobs  # noqa: F401 - registers them
        from .watch import continuous, drills

        register_ticker("vault.papers", 60, keep_papers)
        register_ticker("vault.recover", 300, recover)
        register_ticker("vault.erase", 300, jobs.finish_what_is_ordered)
        register_ticker("vault.audit", 10, continuous.audit_turn)
        register_ticker("vault.mend", 60, continuous.mend_what_is_found)
        register_ticker("vault.replicate", 300, jobs.catch_up)
        register_ticker("vault.allot", 24 * 3600, allot)  # a record may have changed its class
        register_ticker("vault.cache", 600, jobs.keep_caches)
        register_ticker("vault.count", 600, count_vault)
        register_ticker("vault.formats", 900, count_formats)
        register_ticker("vault.reconcile", 3600, jobs.reconcile_when_due)
        register_ticker("vault.drill", 3600, drills.hold_when_due)
        register_ticker("vault.inspect", 3600, hold_when_due)
        register_ticker("vault.villages", 3600, check_due)

    def _show(self) -> None:
        """Lines of ``lantai doctor``, and the entry in the navigation."""
        from django.utils.translation import gettext_noop

        from lantai.core.health import register_check
        from lantai.ui.api import register_navigation

        from .selectors import check_copies
        from .volumes.selectors import check_volumes

        register_check("vault.copies", check_copies, title_without_database=gettext_noop("总库副本"))
        register_check("vault.volumes", check_volumes, title_without_database=gettext_noop("离线卷"))
        register_navigation(
            "desk", gettext_noop("总库"), "vault:health", 60, ["preservation_archivist", "supervisor"]
        )


def _bucket_store(facts: StoreFacts) -> Store:
    """A store in a bucket; the clients of object storage are loaded where one is used."""
    from .adapters.s3 import S3Store

    return S3Store(facts)

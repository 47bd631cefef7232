"""Django application of the vault context (总库)."""

from django.apps import AppConfig


class VaultConfig(AppConfig):
    """Registers the context with Django, its stores with the ledger, its content with records."""

    name = "lantai.vault"
    label = "vault"
    verbose_name = "总库"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Wires the vault to those it serves."""
        from django.utils.translation import gettext_noop

        from lantai.core.events import subscribe
        from lantai.core.health import register_check
        from lantai.core.ports import register_evidence_stores, register_paper_part
        from lantai.core.tickers import register_ticker
        from lantai.records.api import RecordsChanged, register_content_source, register_ledger_subjects
        from lantai.ui.api import register_navigation

        from . import jobs, stores
        from .adapters.filesystem import FilesystemStore
        from .adapters.s3 import S3Store
        from .content import VaultContent
        from .encryption import EncryptedStore
        from .journal import recover
        from .papers import WaitingRecords, keep_papers
        from .policy import count_protection
        from .renewal.selectors import count_formats
        from .selectors import check_copies, ledger_subjects
        from .versions import follow_changes
        from .villages.services import check_due
        from .volumes import jobs as _volume_jobs  # noqa: F401 - registers them
        from .volumes.selectors import check_volumes, volume_places
        from .watch import continuous, drills

        stores.register_kind("filesystem", FilesystemStore)
        stores.register_kind("s3", S3Store)
        stores.register_encryption("sm4", EncryptedStore)
        register_evidence_stores(stores.evidence_stores)
        register_content_source(VaultContent())
        register_ledger_subjects(ledger_subjects)
        register_paper_part(WaitingRecords())
        subscribe(RecordsChanged, "vault.describe", follow_changes)
        register_ticker("vault.papers", 60, keep_papers)
        register_ticker("vault.recover", 300, recover)
        register_ticker("vault.erase", 300, jobs.finish_what_is_ordered)
        register_ticker("vault.audit", 10, continuous.audit_turn)
        register_ticker("vault.mend", 60, continuous.mend_what_is_found)
        register_ticker("vault.replicate", 300, jobs.catch_up)
        register_ticker("vault.count", 600, count_protection)
        register_ticker("vault.formats", 900, count_formats)
        register_ticker("vault.drill", 3600, drills.hold_when_due)
        register_ticker("vault.villages", 3600, check_due)
        register_check("vault.copies", check_copies)
        stores.register_places(volume_places)
        register_check("vault.volumes", check_volumes)
        register_navigation(
            "desk", gettext_noop("总库"), "vault:health", 60, ["preservation_archivist", "supervisor"]
        )

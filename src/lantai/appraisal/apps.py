"""Django application of the appraisal context (鉴定销毁)."""

from django.apps import AppConfig


class AppraisalConfig(AppConfig):
    """Registers the context with Django, its part of a record, and the closing of disposals."""

    name = "lantai.appraisal"
    label = "appraisal"
    verbose_name = "鉴定销毁"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Registers what this context answers."""
        from lantai.core.events import subscribe
        from lantai.core.ports import register_paper_part, register_record_part
        from lantai.core.tickers import register_ticker
        from lantai.records.api import register_ledger_subjects
        from lantai.transfer.api import IsolationConfirmed

        from . import tasks
        from .events import DisposalDecided
        from .fonds_file import file_what_was_decided
        from .isolated import propose_what_is_confirmed
        from .papers import RegisterPapers
        from .parts import AppraisalPart
        from .selectors import ledger_subjects

        register_record_part(AppraisalPart())
        register_paper_part(RegisterPapers())
        subscribe(IsolationConfirmed, "appraisal.purge", propose_what_is_confirmed)
        subscribe(DisposalDecided, "appraisal.fonds_file", file_what_was_decided)
        register_ledger_subjects(ledger_subjects)
        register_ticker("appraisal.close", 300, tasks.close_what_is_carried_out)

"""Django application of the transfer context (移交)."""

from django.apps import AppConfig


class TransferConfig(AppConfig):
    """Registers the context with Django."""

    name = "lantai.transfer"
    label = "transfer"
    verbose_name = "移交"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Answers the ports for record parts, inspected items and ledger subjects.

        The worker releases the agencies' copies.
        """
        from lantai.core.events import subscribe
        from lantai.core.ports import register_eraser, register_paper_part, register_record_part
        from lantai.core.tickers import register_ticker
        from lantai.inspection.api import register_item_source
        from lantai.records.api import register_ledger_subjects

        from .erasing import TransferEraser
        from .events import HandoverReceived
        from .fonds_file import file_what_was_received
        from .papers import AgreementPapers, ReadinessPapers, ReturnedPapers
        from .parts import TransferPart, inspected_items
        from .releasing import release_later
        from .selectors import ledger_subjects
        from .staying import EVERY_S, count_staying

        register_record_part(TransferPart())
        for part in (ReadinessPapers(), AgreementPapers(), ReturnedPapers()):
            register_paper_part(part)
        register_item_source(inspected_items)
        register_eraser(TransferEraser())
        register_ledger_subjects(ledger_subjects)
        subscribe(HandoverReceived, "transfer.fonds_file", file_what_was_received)
        register_ticker("transfer.release_copies", 3600, release_later)
        register_ticker("transfer.count_staying", EVERY_S, count_staying)

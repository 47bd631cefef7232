"""Django application of the capture context (归档)."""

from django.apps import AppConfig


class CaptureConfig(AppConfig):
    """Registers the context with Django."""

    name = "lantai.capture"
    label = "capture"
    verbose_name = "归档"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Answers the ports for record parts and inspected items; has the worker sweep the intake."""
        from lantai.core.events import subscribe
        from lantai.core.ports import register_eraser, register_paper_part, register_record_part
        from lantai.core.tickers import register_ticker
        from lantai.inspection.api import register_item_source
        from lantai.records.api import RecordsChanged, register_ledger_subjects
        from lantai.vault.api import RecordsIngested

        from .callbacks import deliver_due, on_finished
        from .channels.api_upload import sweep_uploads
        from .channels.mail import note_messages, note_stored
        from .channels.watched import look_into_folders
        from .completeness.arrivals import note_arrivals
        from .completeness.expecting import sweep
        from .erasing import CaptureEraser
        from .events import SubmissionFinished
        from .grid import ledger_subjects
        from .lending import remind_overdue
        from .papers import NotePapers, SubmissionPapers
        from .parts import CapturePart, inspected_items
        from .services import sweep_intake

        register_ledger_subjects(ledger_subjects)
        register_record_part(CapturePart())
        register_paper_part(SubmissionPapers())
        register_paper_part(NotePapers())
        register_eraser(CaptureEraser())
        register_item_source(inspected_items)
        subscribe(RecordsChanged, "capture.completeness", note_arrivals)
        subscribe(RecordsChanged, "capture.mail", note_messages)
        subscribe(RecordsIngested, "capture.mail", note_stored)
        register_ticker("capture.completeness", 3600, sweep)
        register_ticker("capture.remind_loans", 3600, remind_overdue)
        register_ticker("capture.sweep_intake", 60, sweep_intake)
        register_ticker("capture.sweep_uploads", 3600, sweep_uploads)
        subscribe(SubmissionFinished, "capture.callbacks", on_finished)
        register_ticker("capture.callbacks", 2, deliver_due)
        register_ticker("capture.watch", 5, look_into_folders)

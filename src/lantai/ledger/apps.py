"""Django application of the ledger context (存证)."""

from django.apps import AppConfig


class LedgerConfig(AppConfig):
    """Registers the context with Django, its job and its sequencer with the worker."""

    name = "lantai.ledger"
    label = "ledger"
    verbose_name = "存证"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Has the worker place entries every ``LEDGER_DELAY_S`` seconds."""
        from lantai.core.health import register_check
        from lantai.core.settings import LEDGER_DELAY_S
        from lantai.core.tickers import register_ticker

        from . import jobs as jobs
        from .outside import check_witness, lay_outside
        from .sequencer import sequence_pending

        register_ticker("ledger.sequence", LEDGER_DELAY_S.read(), sequence_pending)
        register_ticker("ledger.witness", 3600, lay_outside)
        register_check("witness", check_witness)

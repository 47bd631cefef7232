"""The door of the inspection context (检测): inspecting packages, storing and showing reports."""

from .engine import Inspection, inspect_package
from .lines import CheckLine, lines_of, score_of
from .memory import ExaminationMemory
from .models import ManualDecision, Report, ReportFinding
from .pdf import report_pdf
from .ports import InspectedItem, register_item_source
from .report import Counts, FileFacts, ItemReport, PackageReport, Stage
from .selectors import reports_to_sign
from .storing import (
    awaiting_keys,
    report_json,
    save_report,
    sign_manual,
    signable_keys,
    standing_verdict,
)
from .subjects import ScopeJudge
from .word import report_docx

__all__ = [
    "CheckLine",
    "Counts",
    "ExaminationMemory",
    "FileFacts",
    "InspectedItem",
    "Inspection",
    "ItemReport",
    "ManualDecision",
    "PackageReport",
    "Report",
    "ReportFinding",
    "ScopeJudge",
    "Stage",
    "awaiting_keys",
    "inspect_package",
    "lines_of",
    "register_item_source",
    "report_docx",
    "report_json",
    "report_pdf",
    "reports_to_sign",
    "save_report",
    "score_of",
    "sign_manual",
    "signable_keys",
    "standing_verdict",
]

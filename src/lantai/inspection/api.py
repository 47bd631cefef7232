"""The door of the inspection context (检测): inspecting packages, storing and showing reports."""

from .assigning import assign_manual, tasks_of
from .databases import CatalogueDatabase
from .engine import Inspection, inspect_package
from .lines import CheckLine, lines_of, score_of
from .memory import ExaminationMemory
from .models import ManualDecision, Report, ReportFinding
from .pdf import report_pdf
from .plans import category_of, change_plan, plan_in_force
from .ports import InspectedItem, register_item_source
from .registry import Plan
from .report import Counts, FileFacts, ItemReport, PackageReport, Stage
from .scope import scope_of_agency
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

__all__ = [
    "CatalogueDatabase",
    "CheckLine",
    "Counts",
    "ExaminationMemory",
    "FileFacts",
    "InspectedItem",
    "Inspection",
    "ItemReport",
    "ManualDecision",
    "PackageReport",
    "Plan",
    "Report",
    "ReportFinding",
    "ScopeJudge",
    "Stage",
    "assign_manual",
    "awaiting_keys",
    "category_of",
    "change_plan",
    "inspect_package",
    "lines_of",
    "plan_in_force",
    "register_item_source",
    "report_json",
    "report_pdf",
    "reports_to_sign",
    "save_report",
    "scope_of_agency",
    "score_of",
    "sign_manual",
    "signable_keys",
    "standing_verdict",
    "tasks_of",
]

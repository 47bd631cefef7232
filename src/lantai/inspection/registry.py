"""The checks: what each is called and when it applies (data), and the function that decides (code)."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from lantai.core.errors import Invalid
from lantai.core.findings import Finding, Outcome
from lantai.core.language import gettext as _

from .report import Stage

if TYPE_CHECKING:
    from .subjects import ItemSubject, PackageSubject

CLAUSE = "DA/T 70-2018"
STAGE_NAMES: Mapping[str, str] = {
    "GD": "归档环节",
    "YJ": "移交与接收环节",
    "BC": "长期保存环节",
    "structure": "包结构",
}
CARRIER = "carrier"
"""What carrier checks apply to; also the kind of package that lies on one."""


@dataclass(frozen=True, slots=True)
class Observation:
    """What a check saw that is not a pass; it becomes a finding with the check's number.

    Rules of another standard bring their own ``code`` and ``clause``.
    """

    outcome: Outcome
    subject: str
    expected: str = ""
    observed: str = ""
    remedy: str = ""
    code: str = ""
    clause: str = ""


def listed(names: Sequence[str], shown: int) -> str:
    """Names in a row; of more than ``shown``, the first of them."""
    told = "、".join(names[:shown])
    return f"{told}等" if len(names) > shown else told


Observations = Iterator[Observation]
"""Nothing observed means passed."""


@dataclass(frozen=True, slots=True)
class CheckRule:
    """A check as ``data/checks.toml`` sets it up."""

    key: str
    name: str
    nature: str
    codes: Mapping[str, str]
    method: Literal["automatic", "semi", "manual"]
    in_plan: bool
    blocking: frozenset[str]
    clause: str = CLAUSE
    weight: int = 1
    blind: str = ""
    applies: str = ""

    def finding(self, stage: Stage, seen: Observation) -> Finding:
        """The observation as a line of a report."""
        return Finding(
            self.key,
            seen.code or self.codes[stage],
            seen.clause or self.clause,
            seen.subject,
            seen.outcome,
            seen.expected,
            seen.observed,
            seen.remedy,
        )


@dataclass(frozen=True, slots=True)
class Plan:
    """The inspection plan (检测方案)."""

    name: str
    version: str
    required: tuple[str, ...]
    unique: tuple[tuple[str, ...], ...]
    sequence_group: tuple[str, ...]
    sequence_number: str
    year_tolerance: int
    earliest_year: int
    signature_days: int
    process: Mapping[str, tuple[str, ...]]
    environments: tuple[str, ...]
    on_first_page: tuple[str, ...]
    natures: Mapping[str, str]
    rules: Mapping[str, CheckRule] = field(default_factory=dict)
    asked: frozenset[str] = frozenset()
    """Checks that an archive put into a plan of its own; some need what nobody else has to supply."""

    def adapted(self, version: str, stage: Stage, settings: Mapping[str, Mapping[str, Any]]) -> Plan:
        """This plan as an archive set it up for a stage.

        Args:
            version: what the report calls it.
            stage: the stage the settings are for.
            settings: ``in_plan``, ``blocking`` and ``weight`` by key; other checks stay as they are.
        """
        rules = dict(self.rules)
        for key, setting in settings.items():
            rule = rules.get(key)
            if rule is not None:
                others = rule.blocking - {stage}
                rules[key] = replace(
                    rule,
                    in_plan=bool(setting["in_plan"]),
                    blocking=others | {stage} if setting["blocking"] else others,
                    weight=int(setting["weight"]),
                )
        asked = frozenset(key for key, setting in settings.items() if setting["in_plan"])
        return replace(self, version=version, rules=rules, asked=asked)

    def rules_for(self, stage: Stage) -> list[CheckRule]:
        """The checks of a stage that are in the plan, in the order of the standard."""
        return [rule for rule in self.rules.values() if rule.in_plan and stage in rule.codes]

    def rule_of(self, key: str) -> CheckRule:
        """The check of a key; findings of other contexts (``capture.scheme``) are conditions of filing."""
        found = self.rules.get(key)
        return found or CheckRule(
            key, "归档条件核对", "authenticity", {}, "automatic", True, frozenset({"GD", "YJ"}), "平台规则"
        )

    def snapshot(self, stage: Stage) -> list[dict[str, Any]]:
        """The checks of a stage as set up now, those outside the plan included, for the report."""
        return [
            {
                "key": rule.key,
                "code": rule.codes[stage],
                "name": rule.name,
                "nature": rule.nature,
                "method": rule.method,
                "in_plan": rule.in_plan,
                "blocking": stage in rule.blocking,
                "clause": rule.clause,
                "weight": rule.weight,
                "blind": rule.blind,
            }
            for rule in self.rules.values()
            if stage in rule.codes
        ]


@cache
def plan() -> Plan:
    """The plan in the data file.

    Raises:
        Invalid: a check is said to be automatic and in the plan, but no function decides it.
    """
    data = tomllib.loads((Path(__file__).parent / "data" / "checks.toml").read_text(encoding="utf-8"))
    rules = {
        row["key"]: CheckRule(**{**row, "blocking": frozenset(row["blocking"])}) for row in data["check"]
    }
    undecided = [
        rule.key
        for rule in rules.values()
        if rule.in_plan
        and rule.method != "manual"
        and rule.key not in ITEM_CHECKS
        and rule.key not in PACKAGE_CHECKS
    ]
    if undecided:
        raise Invalid(
            _("没有实现的自动检测项：%(undecided)s。") % {"undecided": "、".join(undecided)},
            subject="checks.toml",
        )
    values = data["plan"]
    return Plan(
        name=values["name"],
        version=values["version"],
        required=tuple(values["required"]),
        unique=tuple(tuple(codes) for codes in values["unique"]),
        sequence_group=tuple(values["sequence_group"]),
        sequence_number=values["sequence_number"],
        year_tolerance=values["year_tolerance"],
        earliest_year=values["earliest_year"],
        signature_days=values["signature_days"],
        process={term: tuple(roles) for term, roles in values["process"].items()},
        environments=tuple(values["environments"]),
        on_first_page=tuple(values["on_first_page"]),
        natures=data["natures"],
        rules=rules,
    )


ItemCheck = Callable[["ItemSubject"], Observations]
PackageCheck = Callable[["PackageSubject"], Observations]
ITEM_CHECKS: dict[str, ItemCheck] = {}
NEEDS: dict[str, str] = {}
"""What a check of items cannot do without: it does not apply to any item of an inspection that lacks it."""
PACKAGE_CHECKS: dict[str, PackageCheck] = {}
_Item = TypeVar("_Item", bound=ItemCheck)
_Package = TypeVar("_Package", bound=PackageCheck)


def check(key: str, *, needs: str = "") -> Callable[[_Item], _Item]:
    """Registers a function that checks one item under a stable key.

    Args:
        key: the check.
        needs: ``database``, ``scope`` or ``process``, if it cannot do without.
    """

    def register(function: _Item) -> _Item:
        ITEM_CHECKS[key] = function
        if needs:
            NEEDS[key] = needs
        return function

    return register


def package_check(key: str) -> Callable[[_Package], _Package]:
    """Registers a function that checks the package as a whole, after its items, under a stable key."""

    def register(function: _Package) -> _Package:
        PACKAGE_CHECKS[key] = function
        return function

    return register


def fail(subject: str, expected: str, observed: str, remedy: str) -> Observation:
    """A failure."""
    return Observation(Outcome.FAIL, subject, expected, observed, remedy)


def warn(subject: str, expected: str, observed: str, remedy: str) -> Observation:
    """Something told that sends nothing back."""
    return Observation(Outcome.WARN, subject, expected, observed, remedy)


def await_person(subject: str, expected: str, observed: str, remedy: str) -> Observation:
    """Something only a person can decide."""
    return Observation(Outcome.AWAITING, subject, expected, observed, remedy)


def not_applicable(subject: str, reason: str) -> Observation:
    """The check has nothing to check; this is not a pass."""
    return Observation(Outcome.NOT_APPLICABLE, subject, observed=reason)

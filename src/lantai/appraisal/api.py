"""Appraisal's door: what other contexts may use."""

from .models import Disposal, DisposalItem
from .selectors import disposals_for, due
from .services import approve, extend, give_opinion, propose, propose_purge, reject, witness

__all__ = [
    "Disposal",
    "DisposalItem",
    "approve",
    "disposals_for",
    "due",
    "extend",
    "give_opinion",
    "propose",
    "propose_purge",
    "reject",
    "witness",
]

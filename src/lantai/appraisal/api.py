"""Appraisal's door: what other contexts may use."""

from .models import Disposal, DisposalItem
from .register import is_genuine
from .selectors import disposals_for, due
from .services import approve, extend, give_opinion, propose, propose_purge, reject, witness
from .tasks import close_what_is_carried_out

__all__ = [
    "Disposal",
    "DisposalItem",
    "approve",
    "close_what_is_carried_out",
    "disposals_for",
    "due",
    "extend",
    "give_opinion",
    "is_genuine",
    "propose",
    "propose_purge",
    "reject",
    "witness",
]

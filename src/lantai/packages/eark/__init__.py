"""Packages of kind ``eark``: E-ARK CSIP 2 and SIP 2, read, written and validated."""

from __future__ import annotations

from ..kinds import Kind
from .reader import read_eark, recognises
from .writer import write_eark

KIND = Kind("eark", "E-ARK 信息包", recognises, read_eark, write_eark, stage="structure")

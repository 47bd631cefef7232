"""Packages of kind ``web``: captured web pages as WARC, ARC or WACZ, alone or in a folder (DA/T 80).

One archive is one item, described by the page its capture began with; its other pages are listed.
"""

from ..kinds import Kind
from .reading import read_web, recognises

KIND = Kind("web", "网页归档文件", recognises, read_web, takes_files=True, stage="structure")

"""The door of the design system: what pages of other contexts are built with."""

from .charts import Bar, BarChart
from .dates import date_in_words
from .navigation import Face, address_of, register_navigation
from .paging import Page, keyset_page
from .preferences import Preferences
from .ranges import disposition, range_response
from .states import state

__all__ = [
    "Bar",
    "BarChart",
    "Face",
    "Page",
    "Preferences",
    "address_of",
    "date_in_words",
    "disposition",
    "keyset_page",
    "range_response",
    "register_navigation",
    "state",
]

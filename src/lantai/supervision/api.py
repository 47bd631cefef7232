"""The door of supervision (监管): what other contexts may use."""

from .models import Reminder
from .reminding import remind, remind_due, standing_reminder
from .selectors import Line, agencies_for, lines

__all__ = ["Line", "Reminder", "agencies_for", "lines", "remind", "remind_due", "standing_reminder"]

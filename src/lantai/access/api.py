"""What other contexts may use of access."""

from .matters import Matter as Matter
from .matters import matters as matters

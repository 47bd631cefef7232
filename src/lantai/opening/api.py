"""The one door to opening: what other contexts may import."""

from .events import OpeningChanged as OpeningChanged
from .models import Decision as Decision
from .models import Ground as Ground
from .selectors import candidates as candidates
from .selectors import history_of as history_of
from .selectors import oldest_due as oldest_due
from .selectors import term_is_over as term_is_over
from .services import open_due as open_due
from .services import open_records as open_records
from .services import postpone_records as postpone_records
from .services import withdraw as withdraw
from .statements import Verification as Verification
from .statements import verify_decision as verify_decision

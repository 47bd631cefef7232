"""The one door to records: what other contexts may import."""

from .drafts import DocumentDraft as DocumentDraft
from .drafts import RecordDraft as RecordDraft
from .models import Arrangement as Arrangement
from .models import DateCertainty as DateCertainty
from .models import Document as Document
from .models import DocumentRole as DocumentRole
from .models import Fonds as Fonds
from .models import Level as Level
from .models import NumberState as NumberState
from .models import OpeningMark as OpeningMark
from .models import Record as Record
from .models import RetentionRule as RetentionRule
from .models import RetentionSchedule as RetentionSchedule
from .models import Scheme as Scheme
from .models import State as State
from .models import Volume as Volume
from .models import WithdrawnNumber as WithdrawnNumber

"""The one door to search: what other contexts may import."""

from .engine import EngineResult as EngineResult
from .engine import IndexEntry as IndexEntry
from .engine import Reach as Reach
from .engine import SearchEngine as SearchEngine
from .engine import SearchRequest as SearchRequest
from .fields import HELD_IN as HELD_IN
from .fields import TEXT_FIELDS as TEXT_FIELDS
from .fields import phrase_in as phrase_in
from .fields import tokens_of as tokens_of
from .highlight import Piece as Piece
from .highlight import Snippet as Snippet
from .language import Clause as Clause
from .language import parse as parse
from .passages import Passage as Passage
from .passages import passages as passages
from .services import ENGINES as ENGINES
from .services import FacetValue as FacetValue
from .services import Hit as Hit
from .services import Results as Results
from .services import engine as engine
from .services import engine_in as engine_in
from .services import index_records as index_records
from .services import rebuild_index as rebuild_index
from .services import search as search
from .services import suggest as suggest
from .truth import Block as Block

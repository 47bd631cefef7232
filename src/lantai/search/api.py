"""The one door to search: what other contexts may import."""

from .engine import EngineResult as EngineResult
from .engine import IndexEntry as IndexEntry
from .engine import Reach as Reach
from .engine import SearchEngine as SearchEngine
from .engine import SearchRequest as SearchRequest
from .highlight import Piece as Piece
from .highlight import Snippet as Snippet
from .language import parse as parse
from .passages import Passage as Passage
from .passages import passages as passages
from .services import FacetValue as FacetValue
from .services import Hit as Hit
from .services import Results as Results
from .services import engine as engine
from .services import engine_in as engine_in
from .services import index_records as index_records
from .services import rebuild_index as rebuild_index
from .services import search as search
from .services import suggest as suggest
from .truth import matcher as matcher
from .truth import scan as scan

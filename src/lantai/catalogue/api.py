"""The one door to the catalogue: what other contexts may import."""

from .authorities.models import Authority as Authority
from .authorities.names import other_names as other_names
from .authorities.services import Name as Name
from .authorities.services import save_authority as save_authority
from .description.units import described_values as described_values
from .editing.choosing import register_chooser as register_chooser
from .fonds.filing import Described as Described
from .fonds.filing import collect_paper as collect_paper
from .fonds.names import names_beside as names_beside
from .fonds.printing import sheet_pdf as sheet_pdf
from .importing.services import CHECK as CHECK
from .importing.services import LOAD as LOAD
from .importing.services import confirm_columns as confirm_columns
from .importing.services import receive_file as receive_file
from .importing.services import start_check as start_check
from .importing.services import start_load as start_load
from .importing.services import start_undo as start_undo
from .models import Branch as Branch
from .models import Import as Import
from .quality.selectors import QualityLine as QualityLine
from .quality.selectors import quality_of as quality_of
from .tree.growing import grow as grow
from .tree.moving import add_group as add_group
from .tree.moving import move_branch as move_branch
from .tree.selectors import children_of as children_of
from .tree.selectors import records_of as records_of

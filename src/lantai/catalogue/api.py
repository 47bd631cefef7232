"""The one door to the catalogue: what other contexts may import."""

from .importing.services import CHECK as CHECK
from .importing.services import LOAD as LOAD
from .importing.services import confirm_columns as confirm_columns
from .importing.services import receive_file as receive_file
from .importing.services import start_check as start_check
from .importing.services import start_load as start_load
from .importing.services import start_undo as start_undo
from .models import Import as Import

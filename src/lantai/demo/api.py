"""The door to the demo: papers and walkers for the measurements."""

from .longpapers import LongPaper as LongPaper
from .longpapers import long_paper as long_paper
from .settlement import PASSWORD as PASSWORD
from .settlement import accounts as accounts
from .settlement import settle as settle
from .walk import Walk as Walk
from .walk import number_captured as number_captured
from .walk import receive_one as receive_one
from .walk import send_filed as send_filed
from .walk import send_package as send_package
from .walk import sent as sent
from .walk import sign_waiting as sign_waiting

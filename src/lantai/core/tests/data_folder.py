"""A throw-away data folder for the test run; loaded by ``-p`` before any Django setting is read.

pytest-django reads the settings before ``conftest.py`` is imported, so setting this there would
leave the test database in the developer's own data folder.
"""

import atexit
import os
import shutil
import tempfile

os.environ["LANTAI_HOME"] = tempfile.mkdtemp(prefix="lantai-test-")
atexit.register(shutil.rmtree, os.environ["LANTAI_HOME"], ignore_errors=True)

"""WSGI entry point, for granian or any other server."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lantai.config.settings")
application = get_wsgi_application()
gc.freeze()
"""What is loaded by now stays: to look through it again and again would hold up a request each time."""

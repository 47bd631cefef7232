"""WSGI entry point, for granian or any other server."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lantai.config.settings")
application = get_wsgi_application()
gc.freeze()
"""What is loaded by now stays: to look through it again and again would hold up a request each time."""
gc.set_threshold(20_000, 20, 20)
"""A page makes some thousands of objects and leaves none in circles: looked for every few pages, not within each."""

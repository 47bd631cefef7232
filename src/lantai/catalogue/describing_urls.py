"""URLs of description, authorities, edits, quality and proposals."""

from .assist.urls import urlpatterns as assist
from .authorities.urls import urlpatterns as authorities
from .description.urls import urlpatterns as description
from .editing.urls import urlpatterns as editing
from .quality.urls import urlpatterns as quality

urlpatterns = [*description, *authorities, *editing, *quality, *assist]

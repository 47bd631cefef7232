"""URLs of description, authorities, edits, quality and proposals."""

from .authorities.urls import urlpatterns as authorities
from .description.urls import urlpatterns as description

urlpatterns = [*description, *authorities]

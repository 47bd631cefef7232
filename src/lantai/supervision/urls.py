"""Pages of supervision, below the desks."""

from django.urls import path

from . import views

app_name = "supervision"
urlpatterns = [
    path("desk/supervision/", views.agencies, name="agencies"),
    path("desk/supervision/<uuid:agency_id>/", views.agency, name="agency"),
    path("desk/supervision/<uuid:agency_id>/remind/", views.remind, name="remind"),
    path("desk/supervision/export.<str:form>", views.export, name="export"),
]

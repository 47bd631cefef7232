"""URLs of description."""

from django.urls import path

from . import views

DESK = "desk/catalogue/"
urlpatterns = [
    path(f"{DESK}describe/<slug:level>/<uuid:unit_id>/", views.describe, name="describe"),
    path(f"{DESK}templates/", views.template_list, name="templates"),
    path(f"{DESK}templates/<slug:level>/", views.template, name="template"),
    path(f"{DESK}templates/<slug:level>/<slug:category>/", views.template, name="category_template"),
    path(f"{DESK}vocabularies/", views.vocabulary_list, name="vocabularies"),
    path(f"{DESK}vocabularies/<uuid:vocabulary_id>/", views.vocabulary, name="vocabulary"),
    path(f"{DESK}vocabularies/<uuid:vocabulary_id>/csv/", views.vocabulary_csv, name="vocabulary_csv"),
]

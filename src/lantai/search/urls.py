"""Addresses of search: what the box asks while one types, tables of results, kept searches."""

from django.urls import path

from . import views

app_name = "search"
urlpatterns = [
    path("search/suggest", views.suggest, name="suggest"),
    path("search/results.<str:form>", views.export, name="export"),
    path("desk/searches/", views.saved, name="saved"),
    path("desk/searches/news/", views.news, name="news"),
    path("desk/searches/save/", views.save, name="save"),
    path("desk/searches/<uuid:search_id>/", views.run, name="run"),
    path("desk/searches/<uuid:search_id>/alert/", views.alert, name="alert"),
    path("desk/searches/<uuid:search_id>/forget/", views.forget, name="forget"),
]

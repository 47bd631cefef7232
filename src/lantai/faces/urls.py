"""Addresses of the faces' first pages."""

from django.urls import path

from . import views

app_name = "faces"
urlpatterns = [
    path("", views.home, name="home"),
    path("desk/", views.desk, name="desk"),
]

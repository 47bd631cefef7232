"""Addresses of the design system."""

from django.urls import path

from . import views

app_name = "ui"
urlpatterns = [
    path("preferences/", views.preferences, name="preferences"),
    path("desk/style/", views.style, name="style"),
]

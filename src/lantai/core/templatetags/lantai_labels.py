"""Filters that say in words what is stored as keys or as source text: ``{% load lantai_labels %}``."""

from __future__ import annotations

from django import template

from ..labels import act_label, role_labels, subject_label
from ..language import told

register = template.Library()
register.filter("act", act_label)
register.filter("roles", role_labels)
register.filter("subject", subject_label)
register.filter("told", told)

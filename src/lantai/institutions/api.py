"""The institutions' door: what other contexts may use."""

from .describing import describe_organisations, restore_organisations
from .login import client_address
from .models import ApiKey, Appointment, Department, Grant, Organisation, Person, Region, Succession
from .operations import is_api
from .rights import (
    RECORD_ACTS,
    RECORD_FIELDS,
    Right,
    any_of,
    organisations_in_region_of,
    record_filter,
    record_filters,
    rights_of,
)
from .roles import role_label, roles
from .selectors import (
    actor_names,
    actor_of,
    api_key_actor,
    archive_for,
    organisation_by_code,
    person_actor,
    person_by_username,
)
from .services.accounts import create_person
from .services.api_keys import issue_api_key
from .services.appointments import appoint, grant
from .services.organisations import (
    create_department,
    create_organisation,
    create_region,
    ensure_department,
    ensure_organisation,
)
from .succession import (
    answers_for,
    cede_departments,
    describe_successions,
    dissolve,
    inherited_by,
    rename_organisation,
    restore_successions,
    whole_heirs,
)

__all__ = [
    "RECORD_ACTS",
    "RECORD_FIELDS",
    "ApiKey",
    "Appointment",
    "Department",
    "Grant",
    "Organisation",
    "Person",
    "Region",
    "Right",
    "Succession",
    "actor_names",
    "actor_of",
    "answers_for",
    "any_of",
    "api_key_actor",
    "appoint",
    "archive_for",
    "cede_departments",
    "client_address",
    "create_department",
    "create_organisation",
    "create_person",
    "create_region",
    "describe_organisations",
    "describe_successions",
    "dissolve",
    "ensure_department",
    "ensure_organisation",
    "grant",
    "inherited_by",
    "is_api",
    "issue_api_key",
    "organisation_by_code",
    "organisations_in_region_of",
    "person_actor",
    "person_by_username",
    "record_filter",
    "record_filters",
    "rename_organisation",
    "restore_organisations",
    "restore_successions",
    "rights_of",
    "role_label",
    "roles",
    "whole_heirs",
]

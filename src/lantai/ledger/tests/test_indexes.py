import pytest
from django.db import connection

from lantai.ledger.models import Entry

pytestmark = pytest.mark.django_db


def plan_of(queryset):
    """How the database would read the rows once there are too many to read them all."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute("SET LOCAL enable_bitmapscan = off")
    return queryset.explain()


def test_the_log_of_one_role_is_read_in_its_own_order_without_sorting():
    plan = plan_of(Entry.objects.filter(role="system_officer").order_by("-at", "-id"))
    assert "ledger_entry_by_role" in plan
    assert "sort" not in plan.lower()
    assert "temp b-tree" not in plan.lower()

"""Triggers that refuse an appointment whose role excludes another one held in the same term (三员互斥)."""

from django.db import migrations

OFFICERS = "('system_officer', 'security_officer', 'audit_officer')"
CONFLICT = f"""
    SELECT 1 FROM institutions_appointment other
    WHERE other.person_id = NEW.person_id AND other.id <> NEW.id AND other.role <> NEW.role
      AND (other.role IN {OFFICERS} OR NEW.role IN {OFFICERS})
      AND other.role <> 'public' AND NEW.role <> 'public'
      AND (other.until IS NULL OR other.until > NEW.since)
      AND (NEW.until IS NULL OR NEW.until > other.since)
"""
MESSAGE = "institutions: an officer holds no other role"


def _create(apps, schema_editor):
    vendor = schema_editor.connection.vendor
    if vendor == "sqlite":
        for event in ("INSERT", "UPDATE"):
            schema_editor.execute(
                f"CREATE TRIGGER institutions_role_exclusion_{event.lower()} BEFORE {event} "
                f"ON institutions_appointment WHEN EXISTS ({CONFLICT}) "
                f"BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END"
            )
    elif vendor == "postgresql":
        # Locking the person makes two appointments at the same moment see each other.
        schema_editor.execute(
            f"""
            CREATE FUNCTION institutions_role_exclusion() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                PERFORM 1 FROM institutions_person WHERE id = NEW.person_id FOR UPDATE;
                IF EXISTS ({CONFLICT}) THEN
                    RAISE EXCEPTION '{MESSAGE}' USING ERRCODE = 'check_violation';
                END IF;
                RETURN NEW;
            END $$
            """
        )
        schema_editor.execute(
            "CREATE TRIGGER institutions_role_exclusion BEFORE INSERT OR UPDATE ON institutions_appointment "
            "FOR EACH ROW EXECUTE FUNCTION institutions_role_exclusion()"
        )


def _drop(apps, schema_editor):
    vendor = schema_editor.connection.vendor
    if vendor == "sqlite":
        for event in ("insert", "update"):
            schema_editor.execute(f"DROP TRIGGER institutions_role_exclusion_{event}")
    elif vendor == "postgresql":
        schema_editor.execute("DROP TRIGGER institutions_role_exclusion ON institutions_appointment")
        schema_editor.execute("DROP FUNCTION institutions_role_exclusion()")


class Migration(migrations.Migration):
    dependencies = [("institutions", "0001_initial")]
    operations = [migrations.RunPython(_create, _drop)]

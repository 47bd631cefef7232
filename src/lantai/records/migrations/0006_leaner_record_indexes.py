"""Foreign keys that begin an index of their table need none of their own."""

import django.db.models.deletion
from django.db import migrations, models

from lantai.core.migrating import UnindexForeignKey


class Migration(migrations.Migration):

    dependencies = [
        ('records', '0005_number_state_names'),
    ]

    operations = [
        UnindexForeignKey(
            model_name='record',
            name='agency',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='agency_records', to='institutions.organisation'),
        ),
        UnindexForeignKey(
            model_name='record',
            name='custodian',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='held_records', to='institutions.organisation'),
        ),
        UnindexForeignKey(
            model_name='record',
            name='fonds',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='records', to='records.fonds'),
        ),
        UnindexForeignKey(
            model_name='record',
            name='scheme',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='records', to='records.scheme'),
        ),
    ]

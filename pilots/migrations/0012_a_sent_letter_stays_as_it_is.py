from django.db import migrations

# What staff sent is read only: its copies are frozen, and so is what they were made from.
SENT = """
CREATE TRIGGER a_letter_that_was_sent_never_changes BEFORE UPDATE ON pilots_staffletter
  FOR EACH ROW WHEN (OLD.sent_at IS NOT NULL AND OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION refuse_the_change();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('pilots', '0011_how_a_letter_ended_stays'),
    ]

    operations = [
        migrations.RunSQL(SENT, "DROP TRIGGER a_letter_that_was_sent_never_changes ON pilots_staffletter"),
    ]

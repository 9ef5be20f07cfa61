from django.db import migrations

# How a letter ended is not taken back: what was sent may turn out delivered, and both may still come back.
ENDS = """
CREATE TRIGGER a_message_that_has_ended_stays_so BEFORE UPDATE OF state ON pilots_message
  FOR EACH ROW WHEN (
    OLD.state <> 'queued' AND NEW.state <> OLD.state
    AND NOT (OLD.state = 'sent' AND NEW.state IN ('delivered', 'bounced'))
    AND NOT (OLD.state = 'delivered' AND NEW.state = 'bounced')
  ) EXECUTE FUNCTION refuse_the_change();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('pilots', '0010_which_week_s_digests_are_written'),
    ]

    operations = [
        migrations.RunSQL(ENDS, "DROP TRIGGER a_message_that_has_ended_stays_so ON pilots_message"),
    ]

"""The acts: programmes, pilots, rounds, proposals, reminders, messages, news."""

"""Everything that is said to people: letters, reminders, and the watch over both."""

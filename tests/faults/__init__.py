"""Every fault that reminders and mail must stand, injected for real."""

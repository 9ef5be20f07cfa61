"""Random histories of rounds, deadlines, people and mail, and a model of what is true in them.

The model is plain Python and knows nothing of ``pilots.mail.reminders``: it counts days, holidays and hours by itself.
"""

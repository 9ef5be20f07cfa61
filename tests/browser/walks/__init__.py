"""Random walks over the forms in which people write long: what was saved or posted is never lost.

``make walks`` runs many of them (``POSTS`` by form posts, ``WALKS`` in Chromium, ``SEED``); ``make test`` a few.
"""

"""The web server's way in."""

import os

from django.core.wsgi import get_wsgi_application

from registry.deployment import refuse_to_start

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "registry.settings")
os.environ.setdefault("STATEMENT_SECONDS", "3")  # a web server's alone: a sweep or an import may take longer
os.environ.setdefault("KEPT_MEGABYTES", "16")  # public pages that are kept in memory
application = get_wsgi_application()
refuse_to_start()

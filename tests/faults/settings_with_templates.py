"""The portal's settings with a folder of templates before its own: what a careless edit of a letter would do."""

import os

from registry.settings import *  # noqa: F403
from registry.settings import TEMPLATES

TEMPLATES[0]["DIRS"] = [os.environ["FAULTS_TEMPLATES"], *TEMPLATES[0]["DIRS"]]

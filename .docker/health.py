"""Ask the web server how it is, as the proxy before it would: ``health.py ADDRESS``; a failure ends with an error."""

import sys
import urllib.request

request = urllib.request.Request(sys.argv[1], headers={"X-Forwarded-Proto": "https"})  # noqa: S310 (our own address)
with urllib.request.urlopen(request, timeout=8) as answer:  # noqa: S310
    sys.exit(answer.status != 200)

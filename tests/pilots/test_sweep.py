"""The sweep: everything that is due, in one go, with or without a broker."""

from datetime import timedelta

import pytest
from django.utils import timezone

from pilots import sweep
from pilots.models import Sweep


@pytest.mark.django_db
def test_the_last_sweep_is_one_row_and_never_goes_back() -> None:
    now = timezone.now()
    sweep.run(now)
    sweep.run(now - timedelta(hours=1))
    assert Sweep.objects.get().swept_at == now

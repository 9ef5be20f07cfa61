"""The envelope's sender: signed per message, so that what comes back names its message and nobody can forge it."""

import os
import subprocess
import sys
from typing import Any

import pytest

from pilots.mail.outbox.envelopes import message_of, sender_of
from registry.embedded.portal import ROOT


@pytest.fixture(autouse=True)
def bounce_address(settings: Any) -> None:
    """Bounces are read."""
    settings.BOUNCE_ADDRESS = "palautus@pilotit.example"


def test_a_message_is_found_by_its_signed_sender() -> None:
    assert sender_of(7).startswith("palautus+7-")
    assert sender_of(7).endswith("@pilotit.example")
    assert message_of(sender_of(7)) == 7


def test_case_and_angle_brackets_do_not_count() -> None:
    assert message_of(f" <{sender_of(7).upper()}> ") == 7


def test_a_seal_stays_the_same_from_one_release_to_the_next(settings: Any) -> None:
    """Reports come back for weeks: of letters too that an earlier release has sent."""
    settings.SECRET_KEY, settings.DEPLOYMENT_KEY = "a secret", "https://pilotit.example"
    assert sender_of(7) == "palautus+7-01707fbd031cba2c0d2b@pilotit.example"


def test_every_message_has_its_own_seal() -> None:
    seal = sender_of(7).partition("-")[2]
    assert message_of(f"palautus+8-{seal}") is None


@pytest.mark.parametrize(
    "address",
    [
        "",
        "palautus@pilotit.example",
        "palautus+7@pilotit.example",
        "palautus+7-@pilotit.example",
        "palautus+7-00000000000000000000@pilotit.example",
        "palautus+07-00000000000000000000@pilotit.example",
        "palautus+-7-00000000000000000000@pilotit.example",
        "palautus+9999999999999999999999-00000000000000000000@pilotit.example",
        "palautus+\u0667-00000000000000000000@pilotit.example",
        "palautus+7-0000000000000000000\x00@pilotit.example",
    ],
)
def test_forged_addresses_name_nothing(address: str) -> None:
    assert message_of(address) is None


def test_a_seal_is_good_at_our_own_address_only() -> None:
    assert message_of(sender_of(7).replace("palautus", "muu")) is None
    assert message_of(sender_of(7).replace("pilotit", "muu")) is None


def test_a_copy_restored_elsewhere_seals_otherwise(settings: Any) -> None:
    ours = sender_of(7)
    settings.DEPLOYMENT_KEY = "the copy"
    assert message_of(ours) is None


def test_where_no_bounces_are_read_the_sender_is_the_plain_one(settings: Any) -> None:
    ours = sender_of(7)
    settings.BOUNCE_ADDRESS = ""
    settings.DEFAULT_FROM_EMAIL = "Rekisteri <rekisteri@häme.example>"
    assert sender_of(7) == "rekisteri@xn--hme-qla.example"
    assert message_of(ours) is None


def test_the_longest_local_part_has_64_characters(settings: Any) -> None:
    settings.BOUNCE_ADDRESS = f"{'p' * 23}@pilotit.example"
    longest = 2**63 - 1
    assert len(sender_of(longest).partition("@")[0]) == 64
    assert message_of(sender_of(longest)) == longest


@pytest.mark.parametrize("address", ["p" * 24 + "@pilotit.example", "palautus", "pal+autus@pilotit.example", "a b@c.d"])
def test_the_settings_refuse_an_address_that_cannot_carry_a_seal(address: str) -> None:
    env = {**os.environ, "BOUNCE_ADDRESS": address, "DJANGO_SETTINGS_MODULE": "registry.settings"}
    run = subprocess.run([sys.executable, "-c", "import registry.settings"], cwd=ROOT, env=env, capture_output=True)
    assert run.returncode != 0
    assert b"BOUNCE_ADDRESS" in run.stderr

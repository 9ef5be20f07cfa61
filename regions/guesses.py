"""Guesses of passwords: how many are tried for an account, wherever they come from, and from an address.

The library counts by account and address together. These limits stand beside it: guesses that come from many addresses
on one account, and guesses from one address on many accounts. Whoever comes from a network from which the account was
signed in to before is not held up by them: nobody shuts an owner out by guessing elsewhere.
"""

import ipaddress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from allauth.core.internal import ratelimit
from django.core.cache import cache
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from .models import KnownNetwork, User

KNOWN_FOR = timedelta(days=90)
APP = "regions"
RATES = {
    "account": "30/h/key",  # tries for one account from networks that it does not know
    "pair": "1/10m/key",  # an account and an address: whether the address has tried this account lately
    "accounts": "20/10m/key",  # accounts that one address tries
}


@dataclass(frozen=True)
class Try:
    """A try to sign in: to which account (its address as typed), from which address of the net."""

    login: str
    address: str

    def is_from_a_known_network(self, at: datetime) -> bool:
        """Whether the account was signed in to from this network before."""
        known = KnownNetwork.objects.filter(user__email=self.login, network=network_of(self.address))
        return known.filter(seen_at__gt=at - KNOWN_FOR).exists()

    def consume(self, request: HttpRequest) -> list[ratelimit.RateLimitUsage] | None:
        """Count the try; return what to give back if it was no guess, or None where it may not be tried."""
        account = _consume(request, "account", self.login)
        if account is None:
            return None
        pair = _consume(request, "pair", f"{self.login} {self.address}")
        if pair is None:
            return [account]
        accounts = _consume(request, "accounts", self.address)
        if accounts is None:
            pair.rollback()
            account.rollback()
            return None
        return [account, pair, accounts]

    def again_at(self, request: HttpRequest) -> datetime | None:
        """Return when the next try may be made; None where it may be made now."""
        return latest(
            full_until(request, APP, "account", self.login, RATES),
            full_until(request, APP, "accounts", self.address, RATES),
        )


def _consume(request: HttpRequest, action: str, key: str) -> ratelimit.RateLimitUsage | None:
    return ratelimit.consume(request, app=APP, action=action, config=RATES, key=key)


def network_of(address: str) -> str:
    """Return the keyed hash of the network of an address: 24 bits of IPv4, 48 of IPv6."""
    try:
        bits = 24 if ipaddress.ip_address(address).version == 4 else 48
        network = str(ipaddress.ip_network(f"{address}/{bits}", strict=False))
    except ValueError:
        network = address
    return salted_hmac("regions.networks", network, algorithm="sha256").hexdigest()


def remember(user: User, address: str, at: datetime) -> None:
    """Keep that ``user`` signed in from the network of ``address``; forget the networks of long ago."""
    KnownNetwork.objects.update_or_create(user=user, network=network_of(address), defaults={"seen_at": at})
    KnownNetwork.objects.filter(user=user, seen_at__lt=at - KNOWN_FOR).delete()


def full_until(
    request: HttpRequest, app: str, action: str, key: str, config: dict[str, str] | None = None
) -> datetime | None:
    """Return until when a limit is full; None where it is not."""
    moments = []
    for rate in ratelimit.get_rates(app=app, action=action, config=config):
        kept = cache.get(ratelimit.get_cache_key(request, app=app, action=action, rate=rate, key=key), [])
        if len(kept) >= rate.amount:
            moments.append(datetime.fromtimestamp(kept[rate.amount - 1] + rate.duration, UTC))
    return latest(*moments)


def latest(*moments: datetime | None) -> datetime | None:
    """Return the last of the moments that are known; None where none is."""
    return max(filter(None, moments), default=None)

"""In which time zone a customer lives."""

from dataclasses import dataclass
from functools import lru_cache
from zoneinfo import ZoneInfo

from recommender.customers.dealings import Dealings
from recommender.playbook.model import Playbook
from recommender.value_rules import ZONES_OF_NO_PLACE


@dataclass(frozen=True, slots=True)
class LocalZone:
    """A zone, and why it is not the one that the customer named (empty: it is, or they named none)."""

    zone: ZoneInfo
    because: str = ""


def zone_of(dealings: Dealings, playbook: Playbook) -> ZoneInfo:
    """Return the customer's zone; the playbook's where they have none or one that nobody knows.

    Examples
    --------
    >>> zone_of(Dealings(time_zone="Asia/Tokyo"), Playbook("v1", "shop")).key
    'Asia/Tokyo'
    >>> zone_of(Dealings(time_zone="Middle/Earth"), Playbook("v1", "shop", time_zone="Europe/Vienna")).key
    'Europe/Vienna'
    """
    return local_zone_of(dealings, playbook).zone


def local_zone_of(dealings: Dealings, playbook: Playbook) -> LocalZone:
    """Return the zone as :func:`zone_of` does, and say why where it is not the customer's own.

    Examples
    --------
    >>> local_zone_of(Dealings(time_zone="Middle/Earth"), Playbook("v1", "shop")).because
    "time zone 'Middle/Earth' of the customer is unknown, UTC of the playbook holds"
    """
    return _local_zone(dealings.time_zone, playbook.time_zone)


@lru_cache(maxsize=2_048)
def _local_zone(named: str | None, fallback: str) -> LocalZone:
    own = None if named is None else known_zone(named)
    if own is not None:
        return LocalZone(own)
    shop = known_zone(fallback)
    if shop is None:
        return LocalZone(ZoneInfo("UTC"), f"time zone {fallback!r} of the playbook is unknown, UTC holds")
    if named is None:
        return LocalZone(shop)
    return LocalZone(
        shop, f"time zone {named!r} of the customer is unknown, {fallback} of the playbook holds"
    )


def known_zone(name: str) -> ZoneInfo | None:
    """Return the zone of an IANA name; None when there is none, whatever the name looks like.

    Examples
    --------
    >>> known_zone("Europe/Rome"), known_zone("Rome"), known_zone("../Europe/Rome"), known_zone("")
    (zoneinfo.ZoneInfo(key='Europe/Rome'), None, None, None)
    """
    if name in ZONES_OF_NO_PLACE:
        return None
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, KeyError):  # a folder, a path, an unknown key (ZoneInfoNotFoundError)
        return None

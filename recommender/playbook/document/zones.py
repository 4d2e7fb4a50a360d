"""What to write where a time zone is none: nothing that could silently mean another time."""

import difflib
from collections.abc import Collection

from recommender.playbook.conditions.problems import nearest


def zone_remedy(value: str, zones: Collection[str]) -> str:
    """Return the way out for a name that is no time zone; empty where none is safe to say.

    Only places are suggested, by their city: ``EST`` would be near ``CEST`` and is seven hours away, and ``Etc/GMT+1`` lies
    west of Greenwich.

    Parameters
    ----------
    zones
        The names that there are.

    Examples
    --------
    >>> zones = ["EST", "UTC", "Etc/GMT+1", "America/Bogota", "Europe/Berlin"]
    >>> zone_remedy("Europe/Berln", zones), zone_remedy("berlin", zones), zone_remedy("America/Boston", zones)
    ('did you mean Europe/Berlin?', 'did you mean Europe/Berlin?', '')
    >>> zone_remedy("CEST", zones)
    'abbreviations and offsets do not say where: name a place in the zone'
    """
    if value.upper() == "UTC":
        return "did you mean UTC?"
    if "/" not in value and value == value.upper():
        return "abbreviations and offsets do not say where: name a place in the zone"
    meant = _place(value, zones)
    return f"did you mean {meant}?" if meant else ""


def _place(value: str, zones: Collection[str]) -> str:
    by_city: dict[str, list[str]] = {}
    for name in sorted(zones):
        if "/" in name and not name.startswith("Etc/"):
            by_city.setdefault(_city(name), []).append(name)
    if "/" not in value:
        places = by_city.get(_city(value), [])
        return places[0] if len(places) == 1 else ""
    cities = difflib.get_close_matches(_city(value)[:100], by_city, n=3, cutoff=0.75)
    return nearest(value, [name for city in cities for name in by_city[city]])


def _city(name: str) -> str:
    return name.rpartition("/")[2].replace(" ", "_").lower()

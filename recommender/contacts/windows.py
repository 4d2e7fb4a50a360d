"""Which contacts count, and when they stop counting."""

from collections.abc import Mapping
from typing import NamedTuple

from recommender.customers.dealings import Contact
from recommender.playbook.kinds import ActionKind
from recommender.playbook.model import Cap


class Counted(NamedTuple):
    """A contact that counts, from when it went out or was promised, until ``gone_s`` at the latest."""

    at_s: int
    gone_s: float
    channel: str
    kinds: frozenset[ActionKind]


def kinds_said(contact: Contact, kinds: Mapping[str, ActionKind]) -> frozenset[ActionKind]:
    """Return the kinds of what a contact said; empty when any of it is unknown: then it always counts."""
    said = [contact.action, *(action for action, _ in contact.also)]
    found = [kinds.get(action) for action in said if action is not None]
    known = frozenset(kind for kind in found if kind is not None)
    return known if len(found) == sum(kind is not None for kind in found) else frozenset()


def counts_until(contact: Contact, reservation_s: int) -> float:
    """Return until when a contact counts at the latest: a promise until it expires, what bounced or was released never."""
    if contact.status == "sent":
        return float("inf")
    if contact.status != "reserved":
        return 0.0
    return contact.at_s + reservation_s if contact.expires_s is None else contact.expires_s


def _counts(cap: Cap, one: Counted) -> bool:
    excepted = bool(one.kinds) and one.kinds <= cap.except_kinds
    return not excepted and (not cap.channels or one.channel in cap.channels)


def _leaves(cap: Cap, one: Counted) -> float:
    """Return the first second at which a contact is not in the window any more."""
    return min(one.at_s + cap.per_s + 1, one.gone_s)


def within(cap: Cap, counted: list[Counted], now_s: int) -> int:
    """Return how many contacts of a cap its window that ends now has."""
    return sum(_counts(cap, one) and _leaves(cap, one) > now_s for one in counted)


def cap_opens(cap: Cap, counted: list[Counted], from_s: int) -> int:
    """Return when so many have left the window that one more fits."""
    leaving = sorted(
        left_s for one in counted if _counts(cap, one) and (left_s := _leaves(cap, one)) > from_s
    )
    over = len(leaving) - cap.contacts
    return from_s if over < 0 else int(leaving[over])


def spacing_opens(spacing_s: int, counted: list[Counted], from_s: int) -> int:
    """Return when the last contact is far enough away; one step may lead into the reach of a later one."""
    opens_s = from_s
    for one in sorted(counted):
        if one.gone_s > opens_s and abs(opens_s - one.at_s) < spacing_s:
            opens_s = int(min(one.at_s + spacing_s, one.gone_s))
    return opens_s

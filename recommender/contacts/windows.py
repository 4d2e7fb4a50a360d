"""Which contacts count, and when they stop counting."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, TypeAlias

from recommender.customers.dealings import Contact
from recommender.playbook.kinds import ActionKind
from recommender.playbook.model import Cap

Counted: TypeAlias = tuple[int, float, Contact]
"""When a contact went out or was promised, until when it counts at the latest, and the contact. Plain: there are many."""

_FOR_EVER: Final = float("inf")


def counted(contacts: Iterable[Contact], now_s: int, since_s: int, reservation_s: int) -> list[Counted]:
    """Return what counts now: what was sent, and what is promised and has not expired.

    Parameters
    ----------
    contacts
        In any order.
    now_s
        When.
    since_s
        Where the longest window begins; what happened then is outside it.
    reservation_s
        How long a promise counts that does not say.
    """
    found: list[Counted] = []
    for one in contacts:
        at_s, status = one.at_s, one.status
        if at_s <= since_s:
            continue
        if status == "sent":
            found.append((at_s, _FOR_EVER, one))
        elif status == "reserved":
            gone_s = at_s + reservation_s if one.expires_s is None else one.expires_s
            if gone_s > now_s:
                found.append((at_s, gone_s, one))
    return found


def in_cap(cap: Cap, contacts: Sequence[Counted], kinds: Mapping[str, ActionKind]) -> Sequence[Counted]:
    """Return the contacts that a cap is about; one of which nobody told the channel counts on each.

    Parameters
    ----------
    cap
        The cap.
    contacts
        What counts.
    kinds
        Of actions, as far as they are known.
    """
    if cap.channels:
        channels = {*cap.channels, ""}
        contacts = [one for one in contacts if one[2].channel in channels]
    if cap.except_kinds:
        contacts = [one for one in contacts if not _is_excepted(one[2], cap.except_kinds, kinds)]
    return contacts


def _is_excepted(contact: Contact, excepted: frozenset[ActionKind], kinds: Mapping[str, ActionKind]) -> bool:
    """Whether all that a contact said is of such kinds; what nobody knows the kind of is not."""
    return (
        contact.action is not None
        and kinds.get(contact.action) in excepted
        and all(also[0] is None or kinds.get(also[0]) in excepted for also in contact.also)
    )


def within(per_s: int, contacts: Sequence[Counted], now_s: int) -> int:
    """Return how many contacts the window has that ends now: without its beginning, ``(now - per, now]``."""
    since_s = now_s - per_s
    return sum([at_s > since_s and gone_s > now_s for at_s, gone_s, _ in contacts])


def leaving(per_s: int, contacts: Sequence[Counted]) -> list[float]:
    """Return when each contact leaves a window, ascending."""
    return sorted([min(at_s + per_s, gone_s) for at_s, gone_s, _ in contacts])


def cap_opens(most: int, leaves: Sequence[float], from_s: int) -> int:
    """Return when so many have left the window, as :func:`leaving` says, that one more fits."""
    gone = bisect_right(leaves, from_s)
    over = len(leaves) - gone - most
    return from_s if over < 0 else int(leaves[gone + over])


def spacing_opens(spacing_s: int, contacts: Sequence[Counted], from_s: int) -> int:
    """Return when the last contact is far enough away; one step may lead into the reach of a later one."""
    opens_s = from_s
    reach_s = from_s - spacing_s
    for at_s, gone_s in sorted([one[:2] for one in contacts if one[0] > reach_s]):
        if gone_s > opens_s and abs(opens_s - at_s) < spacing_s:
            opens_s = int(min(at_s + spacing_s, gone_s))
    return opens_s

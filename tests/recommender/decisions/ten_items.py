"""A shop of ten items, a customer who bought the last of them, and a visit that may be booked."""

from recommender.customers.dealings import Booking
from recommender.playbook.kinds import ActionKind
from recommender.playbook.model import Action, Timing
from tests.recommender.decisions.brand import DAY
from tests.recommender.decisions.tiny_shop import NOW_S, Bought, shop_of

TEN = [f"i{rank}" for rank in range(10)]
SHOP = shop_of(*TEN)
STATE = SHOP.customer(Bought("i9", days_ago=3))
VISIT = Action("visit", ActionKind.APPOINTMENT, value=1.0, prior=0.1, timing=Timing(lead_s=30 * DAY))


def booked(days: float) -> Booking:
    return Booking("b1", NOW_S + round(days * DAY), "booked", "inspect", SHOP.number("i9"), None, NOW_S - DAY)

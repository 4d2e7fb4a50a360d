"""What the shop of the machine promises, once as numbers for the judge and once as the playbook that the engine reads."""

from dataclasses import dataclass
from typing import Final

MINUTE: Final = 60
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR

KIND_OF: Final = {
    "thanks": "thank_you",
    "review": "review_request",
    "survey": "survey",
    "sorry": "apology",
    "answered": "follow_up",
    "missed": "win_back",
    "birthday": "occasion",
    "gift": "occasion",
    "return": "easy_return",
    "care-due": "service_reminder",
    "visit": "appointment",
    "offer": "product_offer",
    "news": "product_offer",
    "again": "buy_again",
}
"""Kind of each action."""

TOPIC_OF: Final = {"care-due": "service", "visit": "service", "news": "news"}
"""Topic of each action that asks for more than the channel."""

SELLING: Final = {"product_offer", "buy_again", "win_back", "occasion"}
OUTBOUND: Final = ("email", "sms")
INBOUND: Final = ("web",)
PLANNED: Final = ("boiler", "pump")
"""Items under the service plan."""

WISHED: Final = "how_often"
"""Preference of a customer."""

FIRST_AFTER_DAYS: Final = 30
LEAD_DAYS: Final = 10
GRACE_DAYS: Final = 20


@dataclass(frozen=True)
class Cap:
    contacts: int
    per_s: int
    channels: frozenset[str] = frozenset()
    except_kinds: frozenset[str] = frozenset()
    wish: str | None = None
    """Binds only who wants to be contacted so often."""


@dataclass(frozen=True)
class Quiet:
    """From ``from_minute`` until ``until_minute`` on the next day if that is not later; Monday is 0."""

    from_minute: int
    until_minute: int
    weekdays: frozenset[int] = frozenset(range(7))
    channels: frozenset[str] = frozenset()
    except_kinds: frozenset[str] = frozenset()


@dataclass(frozen=True, repr=False)
class HouseRules:
    """The contact policy of one shop."""

    name: str
    caps: tuple[Cap, ...]
    quiet: tuple[Quiet, ...]
    spacing_s: int
    grace_s: int
    reservation_s: int
    needs_consent: bool
    epsilon: float
    budget: float = 30.0
    """Goodwill that one customer may get in all."""

    def __repr__(self) -> str:
        return self.name.upper()


STRICT: Final = HouseRules(
    name="strict",
    caps=(
        Cap(3, 14 * DAY, except_kinds=frozenset({"service_reminder", "appointment"})),
        Cap(1, 3 * DAY, channels=frozenset({"email"}), except_kinds=frozenset({"apology"})),
        Cap(1, 7 * DAY, except_kinds=frozenset({"appointment"}), wish="weekly"),
    ),
    quiet=(
        Quiet(20 * 60, 8 * 60, except_kinds=frozenset({"apology"})),
        Quiet(0, 24 * 60 - 1, weekdays=frozenset({6}), channels=frozenset({"sms"})),
    ),
    spacing_s=5 * HOUR,
    grace_s=6 * DAY,
    reservation_s=2 * HOUR,
    needs_consent=True,
    epsilon=0.2,
)
LOOSE: Final = HouseRules(
    name="loose",
    caps=(Cap(2, 7 * DAY), Cap(1, DAY, channels=frozenset({"sms"})), Cap(1, 7 * DAY, wish="weekly")),
    quiet=(Quiet(22 * 60, 6 * 60, channels=frozenset({"sms"})),),
    spacing_s=0,
    grace_s=0,
    reservation_s=30 * MINUTE,
    needs_consent=False,
    epsilon=0.0,
)

ITEMS: Final = (
    {"item_id": "ring-50", "item_group_id": "ring", "category": ("Rings",)},
    {"item_id": "ring-52", "item_group_id": "ring", "category": ("Rings",)},
    {"item_id": "band", "category": ("Rings",)},
    {"item_id": "boiler", "category": ("Heating",)},
    {"item_id": "pump", "category": ("Heating",)},
    {"item_id": "soap", "category": ("Bath",)},
    {"item_id": "tea", "category": ("Kitchen",)},
    {"item_id": "lamp", "category": ("Lamps",)},
    {"item_id": "chair", "category": ("Chairs",)},
)
ITEM_IDS: Final = tuple(str(item["item_id"]) for item in ITEMS)
GROUP_OF: Final = {str(item["item_id"]): str(item.get("item_group_id", item["item_id"])) for item in ITEMS}
CONSUMABLE: Final = frozenset({"soap", "tea"})
COOL_DOWN_DAYS: Final = {"lamp": 40}
OWN_ONCE: Final = frozenset({"ring-50", "ring-52", "band"})


def playbook_of(rules: HouseRules) -> str:
    """Return the playbook that says the same."""
    return "\n".join(
        [
            '[playbook]\nname = "House"\ncurrency = "EUR"\ntime_zone = "Europe/Berlin"',
            *(f'[channels.{name}]\ndirection = "inbound"' for name in INBOUND),
            *(f'[channels.{name}]\ndirection = "outbound"\ncost = 0.01' for name in OUTBOUND),
            _policy(rules),
            *map(_cap, rules.caps),
            *map(_quiet, rules.quiet),
            _PLANS_AND_ACTIONS.format(budget=rules.budget),
            f"[exploration]\nepsilon = {rules.epsilon}",
        ]
    )


def _policy(rules: HouseRules) -> str:
    return (
        f'[contact_policy]\nleast_spacing = "{rules.spacing_s} seconds"\n'
        f'complaint_grace = "{rules.grace_s} seconds"\nreservation = "{rules.reservation_s} seconds"\n'
        f"needs_consent = {str(rules.needs_consent).lower()}"
    )


def _cap(cap: Cap) -> str:
    wish = f'preference = {{ name = "{WISHED}", value = "{cap.wish}" }}\n' if cap.wish else ""
    return (
        f'[[contact_policy.caps]]\ncontacts = {cap.contacts}\nper = "{cap.per_s} seconds"\n{wish}'
        f"{_names('channels', cap.channels)}{_names('except_kinds', cap.except_kinds)}"
    )


def _quiet(quiet: Quiet) -> str:
    days = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    return (
        f'[[contact_policy.quiet_hours]]\nfrom = "{_clock(quiet.from_minute)}"\nuntil = "{_clock(quiet.until_minute)}"\n'
        f"{_names('weekdays', {days[day] for day in quiet.weekdays})}"
        f"{_names('channels', quiet.channels)}{_names('except_kinds', quiet.except_kinds)}"
    )


def _names(setting: str, names: frozenset[str] | set[str]) -> str:
    return f"{setting} = {sorted(names)}\n" if names else ""


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


_PLANS_AND_ACTIONS: Final = f"""
[[service_plans]]
id = "care"
name = "Care"
items.item_ids = {list(PLANNED)}
first_after = "{FIRST_AFTER_DAYS} days"
every = "{FIRST_AFTER_DAYS} days"
lead = "{LEAD_DAYS} days"
grace = "{GRACE_DAYS} days"
until = "900 days"
satisfied_by = ["care"]
consequence = "the warranty"
value = 20.0

[[actions]]
id = "care-due"
kind = "service_reminder"
topic = "service"
prior = 0.3
cooldown = {{{{ sent = "4 days", dismissed = "9 days" }}}}

[[actions]]
id = "visit"
kind = "appointment"
topic = "service"
prior = 0.8
timing.lead = "3 days"
cooldown.sent = "20 hours"

[[actions]]
id = "thanks"
kind = "thank_you"
value = 3.0
prior = 0.3
timing.within = "20 days"

[[actions]]
id = "review"
kind = "review_request"
value = 3.0
prior = 0.2
suitability = "complaints.open == 0"
timing = {{{{ after = "2 days", within = "40 days", undelivered_after = "9 days" }}}}

[[actions]]
id = "survey"
kind = "survey"
survey_id = "s"
value = 2.0
prior = 0.2
cooldown = {{{{ sent = "20 days", dismissed = "60 days" }}}}
timing.within = "50 days"

[[actions]]
id = "sorry"
kind = "apology"
value = 30.0
prior = 0.5
timing.within = "20 days"
goodwill = {{{{ amount = 20.0, per_customer = {{budget}}, total = 1_000_000.0 }}}}

[[actions]]
id = "answered"
kind = "follow_up"
value = 4.0
prior = 0.2
timing = {{{{ after = "1 day", within = "20 days" }}}}

[[actions]]
id = "missed"
kind = "win_back"
value = 9.0
prior = 0.1
cooldown.sent = "30 days"
timing = {{{{ lapse = 1.5, least_orders = 2 }}}}

[[actions]]
id = "birthday"
kind = "occasion"
occasions = ["birthday"]
value = 9.0
prior = 0.1
timing.lead = "20 days"

[[actions]]
id = "gift"
kind = "occasion"
occasions = ["gift"]
value = 9.0
prior = 0.1
timing.lead = "30 days"

[[actions]]
id = "return"
kind = "easy_return"
value = 3.0
prior = 0.2
timing.within = "30 days"

[[actions]]
id = "offer"
kind = "product_offer"
value = 4.0
cooldown = {{{{ dismissed = "60 days", sent = "5 days" }}}}

[[actions]]
id = "news"
kind = "product_offer"
topic = "news"
items.categories = ["Lamps", "Rings"]
value = 6.0


[[actions]]
id = "again"
kind = "buy_again"
value = 2.0


[[ownership]]
category = "Rings"
kind = "own_once"

[[ownership]]
category = "Lamps"
kind = "cool_down"
cool_down = "{COOL_DOWN_DAYS["lamp"]} days"

[[ownership]]
category = "Bath"
kind = "consumable"

[[ownership]]
category = "Kitchen"
kind = "consumable"
"""

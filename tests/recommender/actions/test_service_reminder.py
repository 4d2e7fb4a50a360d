"""A jeweller's promise: the warranty of a set holds while it is inspected twice a year."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from recommender.actions import CustomerSituation, Moment, Proposal, proposals_in, repertoire_of
from recommender.catalog import CatalogItem, Catalogue
from recommender.customers import fold
from recommender.events.vocabulary import (
    AnyEvent,
    Appointment,
    OrderLine,
    Purchase,
    Return,
    ReturnLine,
    ServiceVisit,
)
from recommender.playbook.examples import example_text
from recommender.playbook.kinds import ActionKind
from recommender.playbook.model import Action, ItemSelector, Playbook
from recommender.playbook.reading import read_playbook
from recommender.types import ItemId, ItemNumber

JEWELLER = read_playbook(example_text("jeweller"))
SET = CatalogItem(item_id="SET", name="bridal set Vega", category=("Bridal", "Sets"), price=Decimal(2_000))
MUG = CatalogItem(item_id="MUG", name="Mug")
NUMBERS = {ItemId("SET"): ItemNumber(0), ItemId("MUG"): ItemNumber(1)}
SHOP = Catalogue.build(1, [SET, MUG], NUMBERS)
REMINDER = next(one for one in JEWELLER.actions if one.kind is ActionKind.SERVICE_REMINDER)
COMING = next(one for one in JEWELLER.actions if one.kind is ActionKind.APPOINTMENT)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@dataclass
class Bride:
    """Bought a set on 10 January 2025."""

    events: list[AnyEvent] = field(default_factory=list)
    serials: Sequence[str | None] = ("S-1",)

    def __post_init__(self) -> None:
        lines = tuple(
            OrderLine(item_id="SET", line_id=str(n), serial=one) for n, one in enumerate(self.serials)
        )
        self.events.append(
            Purchase(
                source="pos", event_id="0", occurred_at=at("2025-01-10T15:00"), order_id="1042", lines=lines
            )
        )

    def comes(self, when: str, serial: str | None = None) -> "Bride":
        self.events.append(
            ServiceVisit(
                source="pos",
                event_id=f"v{when}",
                occurred_at=at(when),
                service_code="inspection",
                item_id="SET",
                serial=serial,
            )
        )
        return self

    def books(
        self,
        said: str,
        starts: str,
        status: str = "booked",
        serial: str | None = None,
        *,
        code: str | None = "inspection",
        item: str | None = "SET",
    ) -> "Bride":
        self.events.append(
            Appointment(
                source="pos",
                event_id=f"b{said}",
                occurred_at=at(said),
                appointment_id="b1",
                starts_at=at(starts),
                status=status,  # type: ignore[arg-type]  # the word of the test
                service_code=code,
                item_id=item,
                serial=serial,
            )
        )
        return self

    def gives_back(self, when: str) -> "Bride":
        self.events.append(
            Return(
                source="pos",
                event_id="r",
                occurred_at=at(when),
                lines=(ReturnLine(item_id="SET", order_id="1042"),),
            )
        )
        return self

    def is_told(self, when: str, *actions: Action, playbook: Playbook = JEWELLER) -> list[Proposal]:
        """Return the reminders on a day, or what other actions say."""
        repertoire = repertoire_of(replace(playbook, actions=actions or (REMINDER, COMING)), SHOP)
        state = fold(self.events, NUMBERS, 1, unit_items=repertoire.plan_items["bridal-inspection"])
        moment = Moment(int(at(when).timestamp()), ZoneInfo("Europe/Berlin"))
        return proposals_in(CustomerSituation(repertoire, state, moment))


def test_a_reminder_comes_a_month_before_the_inspection_is_due_and_until_the_warranty_lapses() -> None:
    assert Bride().is_told("2025-06-09T12:00") == []
    (first,) = Bride().is_told("2025-06-10T12:00")
    assert first.action is REMINDER
    assert first.due_s == int(at("2025-07-09T22:00").timestamp())
    assert first.deadline_s == int(at("2025-09-08T22:00").timestamp())
    assert first.since_s == int(at("2025-06-09T22:00").timestamp())
    assert len(Bride().is_told("2025-09-08T12:00")) == 1
    assert Bride().is_told("2025-09-09T12:00") == []


def test_the_reminder_names_the_set_its_history_and_what_lapses() -> None:
    (word,) = Bride().comes("2025-06-20T11:00").is_told("2025-12-30T09:00")
    own = replace(REMINDER, text="")
    (plain,) = Bride().comes("2025-06-20T11:00").is_told("2025-12-30T09:00", own)
    assert repertoire_of(JEWELLER, SHOP).wordings[REMINDER.id].say(word.words) == (
        "Inspection of stones and prongs: your bridal set Vega, bought on 2025-01-10, last seen 2025-06-20, "
        "is due on 2025-12-20. Otherwise the lifetime warranty on stones and settings lapses."
    )
    assert repertoire_of(replace(JEWELLER, actions=(own,)), SHOP).wordings[own.id].say(plain.words) == (
        "Inspection of stones and prongs of bridal set Vega (serial S-1) is due on 2025-12-20: "
        "bought on 2025-01-10, last seen on 2025-06-20. At stake: the lifetime warranty on stones and settings."
    )


def test_a_unit_was_last_seen_when_it_came_for_anything() -> None:
    cleaned = ServiceVisit(
        source="pos",
        event_id="v",
        occurred_at=at("2025-05-02T11:00"),
        service_code="cleaning",
        item_id="SET",
        serial="S-1",
    )
    (word,) = Bride([cleaned]).is_told("2025-07-01T12:00")
    assert word.words["last_seen"] == "2025-05-02"
    (later,) = Bride([cleaned]).comes("2025-06-20T11:00").is_told("2025-12-30T09:00")
    assert later.words["last_seen"] == "2025-06-20"
    two = Bride([cleaned], serials=("S-1", "S-2")).is_told("2025-07-01T12:00")
    assert {one.words["serial"]: one.words["last_seen"] for one in two} == {
        "S-1": "2025-05-02",
        "S-2": "never",
    }


def test_of_two_units_of_one_line_the_one_that_never_came_was_never_seen() -> None:
    bought = Purchase(
        source="pos",
        event_id="0",
        occurred_at=at("2025-01-10T15:00"),
        order_id="1042",
        lines=(OrderLine(item_id="SET", quantity=2.0),),
    )
    bride = Bride()
    bride.events = [bought]
    (other,) = bride.comes("2025-05-01T11:00").is_told("2025-07-01T12:00")
    assert other.words["last_seen"] == "never"
    (seen,) = bride.is_told("2025-10-30T12:00")
    assert seen.words["last_seen"] == "2025-05-01"


def test_a_visit_ends_the_reminder() -> None:
    assert Bride().comes("2025-06-20T11:00").is_told("2025-07-01T12:00") == []


def test_a_booking_turns_the_reminder_into_one_of_the_appointment() -> None:
    bride = Bride().books("2025-06-12T09:00", "2025-07-02T14:00")
    assert bride.is_told("2025-06-20T12:00") == []
    (coming,) = bride.is_told("2025-07-01T13:00")
    assert coming.action is COMING
    assert repertoire_of(JEWELLER, SHOP).wordings[COMING.id].say(coming.words) == (
        "We expect you on 2025-07-02 at 16:00."
    )


def test_a_booking_without_a_service_is_an_appointment_of_the_plan_whose_unit_it_names() -> None:
    of_plan = replace(COMING, plans=frozenset({"bridal-inspection"}))
    others = replace(COMING, plans=frozenset({"watch-service"}))
    for item, serial in (("SET", None), (None, "S-1")):
        bride = Bride().books("2025-06-12T09:00", "2025-07-02T14:00", serial=serial, item=item, code=None)
        assert [one.action for one in bride.is_told("2025-07-01T13:00", REMINDER, of_plan)] == [of_plan]
        assert bride.is_told("2025-07-01T13:00", others) == []
    for item, serial in ((None, None), ("MUG", None), (None, "S-9")):
        bride = Bride().books("2025-06-12T09:00", "2025-07-02T14:00", serial=serial, item=item, code=None)
        assert [one.action for one in bride.is_told("2025-07-01T13:00", REMINDER, of_plan)] == [REMINDER]


def test_a_booking_that_names_only_the_serial_is_about_the_item_of_that_unit() -> None:
    sets = replace(COMING, items=ItemSelector(item_ids=frozenset({"SET"})), text="{item}, {time}: {service}")
    mugs = replace(COMING, id="mugs", items=ItemSelector(item_ids=frozenset({"MUG"})))
    bride = Bride().books("2025-06-12T09:00", "2025-07-02T14:00", serial="S-1", item=None)
    (coming,) = bride.is_told("2025-07-01T13:00", sets, mugs)
    assert (coming.action, coming.item) == (sets, 0)
    wording = repertoire_of(replace(JEWELLER, actions=(sets,)), SHOP).wordings[sets.id]
    assert wording.say(coming.words) == "bridal set Vega, 16:00: Inspection"
    stranger = Bride().books("2025-06-12T09:00", "2025-07-02T14:00", serial="S-9", item=None)
    assert stranger.is_told("2025-07-01T13:00", sets) == []


def test_a_cancelled_booking_brings_the_reminder_back() -> None:
    bride = Bride().books("2025-06-12T09:00", "2025-07-02T14:00")
    bride.books("2025-06-14T09:00", "2025-07-02T14:00", "cancelled")
    assert [one.action for one in bride.is_told("2025-07-01T13:00")] == [REMINDER]


def test_what_was_given_back_is_owed_nothing() -> None:
    assert Bride().gives_back("2025-02-01T12:00").is_told("2025-07-01T12:00") == []


def test_every_unit_has_a_reminder_of_its_own() -> None:
    two = Bride(serials=("S-1", "S-2"))
    reminders = two.is_told("2025-07-01T12:00")
    assert [one.words["serial"] for one in reminders] == ["S-1", "S-2"]
    assert len({one.subject for one in reminders}) == 2
    assert [one.unit.serial for one in reminders if one.unit is not None] == ["S-1", "S-2"]
    (other,) = two.comes("2025-06-20T11:00", serial="S-1").is_told("2025-07-01T12:00")
    assert other.words["serial"] == "S-2"


def test_units_of_lines_without_ids_are_told_apart() -> None:
    bought = Purchase(
        source="pos",
        event_id="0",
        occurred_at=at("2025-01-10T15:00"),
        order_id="1042",
        lines=(OrderLine(item_id="SET"), OrderLine(item_id="SET")),
    )
    bride = Bride()
    bride.events = [bought]
    reminders = bride.is_told("2025-07-01T12:00")
    assert len({one.subject for one in reminders}) == len(reminders) == 2


def test_an_action_speaks_of_its_own_plans_and_items() -> None:
    bride = Bride()
    assert bride.is_told("2025-07-01T12:00", replace(REMINDER, plans=frozenset({"watch-service"}))) == []
    assert len(bride.is_told("2025-07-01T12:00", replace(REMINDER, plans=frozenset()))) == 1
    mugs = replace(REMINDER, items=ItemSelector(item_ids=frozenset({"MUG"})))
    assert bride.is_told("2025-07-01T12:00", mugs) == []


def test_who_was_reminded_is_reminded_again_until_it_is_done() -> None:
    (again,) = Bride().is_told("2025-08-30T12:00")
    assert again.fact == "Inspection of stones and prongs overdue since 2025-07-10, lapses after 2025-09-08"

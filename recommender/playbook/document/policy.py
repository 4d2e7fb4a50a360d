"""``[channels]`` and ``[contact_policy]``: how the brand reaches customers, how often and when."""

from typing import Annotated, Literal, TypeAlias

from pydantic import Field, ValidationInfo, field_validator

from recommender.playbook.document.declared import Declared
from recommender.playbook.document.quiet_week import closing_rule
from recommender.playbook.document.rules import broken_rule
from recommender.playbook.document.scalars import (
    LONGEST_REMEMBERED_DAYS,
    MOST_REMEMBERED,
    WEEKDAYS,
    DayTime,
    Money,
    OutboundName,
    PositiveRememberedSeconds,
    RememberedSeconds,
    Seconds,
)
from recommender.playbook.document.tables import PreferenceTable, Table
from recommender.playbook.kinds import ActionKind
from recommender.playbook.model import Cap, Channel, ContactPolicy, Direction, QuietHours, Wish

KindName: TypeAlias = Literal[
    "product_offer",
    "buy_again",
    "service_reminder",
    "appointment",
    "thank_you",
    "review_request",
    "survey",
    "apology",
    "follow_up",
    "win_back",
    "occasion",
    "easy_return",
]
Weekday: TypeAlias = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]

_CHANNELS = "Only these outbound channels; left out: all of them together."
_EXCEPT = "Kinds that neither count nor are stopped."
_PREFERENCE = "Only customers who said that they prefer this; left out: all of them."


class ChannelTable(Table):
    """A way to the customer."""

    direction: Direction = Field(description="inbound: the customer comes to us; outbound: we go to them.")
    cost: Money = Field(default=0.0, description="Of saying something once.")

    def channel(self, name: str) -> Channel:
        """Return the value."""
        return Channel(name, self.direction, self.cost)


class CapTable(Table):
    """At most so many contacts within every sliding window."""

    contacts: Annotated[int, Field(ge=0, le=MOST_REMEMBERED)] = Field(
        description=f"At most so many; up to {MOST_REMEMBERED}."
    )
    per: PositiveRememberedSeconds = Field(
        description=f"Length of the window; at most {LONGEST_REMEMBERED_DAYS} days."
    )
    channels: list[OutboundName] = Field(default=[], max_length=100, description=_CHANNELS)
    except_kinds: list[KindName] = Field(default=[], description=_EXCEPT)
    preference: PreferenceTable | None = Field(default=None, description=_PREFERENCE)

    def cap(self) -> Cap:
        """Return the value."""
        return Cap(
            self.contacts,
            self.per,
            frozenset(self.channels),
            _kinds(self.except_kinds),
            _wish(self.preference),
        )


class QuietHoursTable(Table):
    """Local time in which no outbound contact goes out."""

    from_: DayTime = Field(alias="from", description="Quiet from then on, where the customer lives.")
    until: DayTime = Field(description="Until then; earlier than from: on the next day.")
    weekdays: list[Weekday] = Field(
        default=list(WEEKDAYS), min_length=1, description="Days on which it begins; left out: every day."
    )
    channels: list[OutboundName] = Field(default=[], max_length=100, description=_CHANNELS)
    except_kinds: list[KindName] = Field(default=[], description=_EXCEPT)
    preference: PreferenceTable | None = Field(default=None, description=_PREFERENCE)

    @field_validator("until")
    @classmethod
    def _takes_time(cls, until: int, info: ValidationInfo) -> int:
        if info.data.get("from_") == until:
            raise broken_rule(
                "quiet hours begin and end at the same time",
                remedy='for nearly the whole day write from = "00:00", until = "23:59"',
            )
        return until

    def quiet_hours(self) -> QuietHours:
        """Return the value."""
        return QuietHours(
            self.from_,
            self.until,
            frozenset(WEEKDAYS.index(day) for day in self.weekdays),
            frozenset(self.channels),
            _kinds(self.except_kinds),
            _wish(self.preference),
        )


class ContactPolicyTable(Table):
    """Binds outbound contacts; inbound answers are free."""

    least_spacing: RememberedSeconds = Field(
        default=0,
        description=f"Between two outbound contacts on any channel; at most {LONGEST_REMEMBERED_DAYS} days.",
    )
    reservation: PositiveRememberedSeconds = Field(
        default=3_600,
        description="A reserved contact that was neither sent nor released counts so long, "
        f"or until quiet hours or its deadline; at most {LONGEST_REMEMBERED_DAYS} days.",
    )
    complaint_grace: Seconds = Field(
        default=0, description="Selling stays stopped so long after a complaint was resolved."
    )
    needs_consent: bool = Field(
        default=True,
        description="Outbound takes an explicit `subscribed`; false: only `unsubscribed` stops it.",
    )
    caps: list[CapTable] = Field(default=[], max_length=100, description="How often.")
    quiet_hours: list[QuietHoursTable] = Field(default=[], max_length=100, description="When not.")

    @field_validator("quiet_hours")
    @classmethod
    def _leave_time(cls, hours: list[QuietHoursTable], info: ValidationInfo) -> list[QuietHoursTable]:
        channels = info.context.names["outbound channel"] if isinstance(info.context, Declared) else ()
        closing = closing_rule([one.quiet_hours() for one in hours], channels)
        if closing is not None:
            raise broken_rule(
                "with these the quiet hours take the whole week",
                expected="a time at which anything may go out",
                found="none for any kind",
                remedy="leave hours open, or leave the outbound channels out",
                at=(closing,),
            )
        return hours

    def policy(self) -> ContactPolicy:
        """Return the value."""
        return ContactPolicy(
            caps=tuple(cap.cap() for cap in self.caps),
            quiet_hours=tuple(hours.quiet_hours() for hours in self.quiet_hours),
            least_spacing_s=self.least_spacing,
            reservation_s=self.reservation,
            complaint_grace_s=self.complaint_grace,
            needs_consent=self.needs_consent,
        )


def _wish(preference: PreferenceTable | None) -> Wish | None:
    return None if preference is None else preference.wish()


def _kinds(names: list[KindName]) -> frozenset[ActionKind]:
    return frozenset(ActionKind(name) for name in names)

from zoneinfo import ZoneInfo

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from recommender.contacts import (
    Allowed,
    ContactGate,
    ContactRules,
    contact_rules_of,
    limits_for,
    without_request,
)
from recommender.customers.dealings import Contact, ContactStatus, Dealings
from recommender.playbook.kinds import ActionKind
from recommender.playbook.model import Action, Cap, Channel, ContactPolicy, Playbook, QuietHours

UTC = ZoneInfo("UTC")
BERLIN = ZoneInfo("Europe/Berlin")
CHANNELS = {name: Channel(name, "outbound") for name in ("email", "sms")}
NOW = 1_742_000_000  # 15 March 2025, 01:53 in Berlin, two weeks before clocks change
DAY = 86_400


def sent(at_s: int, channel: str = "email", action: str | None = None) -> Contact:
    return Contact(channel, action, None, "sent", at_s, None, None, None)


def reserved(at_s: int, expires_s: int | None, request_id: str = "r") -> Contact:
    return Contact("email", None, None, "reserved", at_s, expires_s, "d", request_id)


def ask(
    policy: ContactPolicy | ContactRules,
    *contacts: Contact,
    channel: str = "email",
    kind: ActionKind = ActionKind.SURVEY,
    now_s: int = NOW,
) -> Allowed:
    dealings = Dealings(contacts=tuple(contacts))
    return limits_for(policy, dealings, channel=CHANNELS[channel], kind=kind, now_s=now_s, zone=UTC)


def test_a_cap_counts_its_channels_within_a_sliding_window_and_opens_exactly_its_length_after_a_contact() -> (
    None
):
    policy = ContactPolicy(caps=(Cap(2, 7 * DAY, frozenset({"email"})),))
    full = (sent(NOW - 7 * DAY + 1), sent(NOW - DAY))
    stopped = ask(policy, *full)
    assert stopped == Allowed(
        False, "cap_reached", "2 email contacts in 7 days, at most 2", opens_s=NOW + 1, evidence=None
    )
    assert ask(policy, *full, now_s=NOW + 1).ok
    assert ask(policy, sent(NOW - 7 * DAY), sent(NOW - DAY)).ok
    assert ask(policy, *full, channel="sms").ok
    assert ask(policy, full[0], sent(NOW - DAY, "sms")).ok


def test_a_cap_without_channels_counts_all_of_them_together() -> None:
    policy = ContactPolicy(caps=(Cap(1, DAY),))
    assert ask(policy, sent(NOW - 60, "sms")).because == "1 contact in 1 day, at most 1"


def test_a_contact_of_which_nobody_told_the_channel_counts_on_each() -> None:
    policy = ContactPolicy(caps=(Cap(1, DAY, frozenset({"email"})), Cap(1, DAY, frozenset({"sms"}))))
    for channel in CHANNELS:
        assert ask(policy, sent(NOW - 60, ""), channel=channel).code == "cap_reached"


def test_a_wish_binds_only_who_said_it() -> None:
    weekly = Cap(1, 7 * DAY, preference=("how_often", "weekly"))
    silent = QuietHours(0, 1_439, preference=("calls", "no"))
    policy = ContactPolicy(caps=(weekly, Cap(3, 7 * DAY)), quiet_hours=(silent,))
    contacts = (sent(NOW - DAY, "sms"),)

    def answers(preferences: dict[str, str]) -> list[Allowed]:
        dealings = Dealings(contacts=contacts, preferences=preferences)
        gate = ContactGate(ContactRules(policy), dealings, CHANNELS["email"], NOW, UTC)
        one = limits_for(
            policy, dealings, channel=CHANNELS["email"], kind=ActionKind.SURVEY, now_s=NOW, zone=UTC
        )
        return [one, gate.allows(ActionKind.SURVEY)]

    for wish in ({}, {"how_often": "daily"}, {"weekly": "how_often"}, {"calls": "yes"}):
        assert all(answer.ok for answer in answers(wish))
    for answer in answers({"how_often": "weekly", "size": "42"}):
        assert (answer.code, answer.opens_s) == ("cap_reached", NOW + 6 * DAY)
        assert answer.because == '1 contact in 7 days, at most 1, preference how_often is "weekly"'
    for answer in answers({"calls": "no"}):
        assert (answer.code, answer.because) == (
            "quiet_hours",
            '00:53 in UTC, quiet from 00:00 to 23:59, preference calls is "no"',
        )


def test_a_cap_of_none_never_opens() -> None:
    stopped = ask(ContactPolicy(caps=(Cap(0, DAY),)))
    assert (stopped.ok, stopped.opens_s) == (False, None)


def test_a_promise_counts_until_it_expires_and_what_was_released_or_bounced_never_does() -> None:
    policy = ContactPolicy(caps=(Cap(1, DAY),), reservation_s=600)
    assert ask(policy, reserved(NOW - 60, NOW + 40)).opens_s == NOW + 40
    assert ask(policy, reserved(NOW - 60, None)).opens_s == NOW + 540
    assert ask(policy, reserved(NOW - 60, NOW)).ok
    statuses: tuple[ContactStatus, ...] = ("released", "bounced")
    for status in statuses:
        assert ask(policy, msgspec.structs.replace(sent(NOW - 60), status=status)).ok


def test_a_request_does_not_stop_itself() -> None:
    policy = ContactPolicy(caps=(Cap(1, DAY),))
    dealings = Dealings(contacts=(reserved(NOW - 60, NOW + 40, "mine"),))

    def answer(request_id: str | None) -> bool:
        own = without_request(dealings, request_id)
        return limits_for(
            policy, own, channel=CHANNELS["email"], kind=ActionKind.SURVEY, now_s=NOW, zone=UTC
        ).ok

    assert answer("mine")
    assert not answer("another")
    assert not answer(None)


def test_kinds_that_a_cap_leaves_out_neither_count_nor_are_stopped() -> None:
    cap = Cap(1, DAY, except_kinds=frozenset({ActionKind.APPOINTMENT, ActionKind.SERVICE_REMINDER}))
    policy = ContactPolicy(caps=(cap,))
    book = Playbook(
        "v1",
        "shop",
        actions=(Action("come", ActionKind.APPOINTMENT), Action("news", ActionKind.PRODUCT_OFFER)),
        policy=policy,
    )
    rules = contact_rules_of(book)
    assert ask(rules, sent(NOW - 60, action="come")).ok
    assert not ask(rules, sent(NOW - 60, action="news")).ok
    assert ask(rules, sent(NOW - 60, action="news"), kind=ActionKind.APPOINTMENT).ok
    mixed = msgspec.structs.replace(sent(NOW - 60, action="come"), also=(("news", 7, ""),))
    assert not ask(rules, mixed).ok
    assert not ask(rules, sent(NOW - 60, action="an action of an older playbook")).ok
    assert not ask(policy, sent(NOW - 60, action="come")).ok, "without the playbook nobody knows its kind"


def test_two_contacts_keep_the_least_spacing_on_whatever_channel() -> None:
    policy = ContactPolicy(least_spacing_s=3_600)
    stopped = ask(policy, sent(NOW - 600, "sms"))
    assert (stopped.code, stopped.opens_s) == ("too_soon", NOW + 3_000)
    assert stopped.because == "last contact 10 minutes ago, at least 1 hour between two"
    assert ask(policy, sent(NOW - 3_600)).ok
    assert ask(policy, sent(NOW + 3_600)).ok
    assert ask(policy, reserved(NOW - 600, NOW)).ok


def test_quiet_hours_stop_their_channels_and_kinds_only() -> None:
    night = QuietHours(0, 360, channels=frozenset({"sms"}), except_kinds=frozenset({ActionKind.APPOINTMENT}))
    policy = ContactPolicy(quiet_hours=(night,))
    stopped = ask(policy, channel="sms")
    assert (stopped.code, stopped.because) == ("quiet_hours", "00:53 in UTC, quiet from 00:00 to 06:00")
    assert stopped.opens_s == NOW - NOW % DAY + 6 * 3_600
    assert ask(policy).ok
    assert ask(policy, channel="sms", kind=ActionKind.APPOINTMENT).ok


def test_it_opens_when_all_limits_are_open_not_when_the_first_is() -> None:
    policy = ContactPolicy(caps=(Cap(1, DAY),), quiet_hours=(QuietHours(0, 360),))
    stopped = ask(policy, sent(NOW - 60))
    midnight = NOW - NOW % DAY
    assert stopped.code == "cap_reached"
    assert stopped.opens_s == midnight + DAY + 6 * 3_600


def test_inbound_channels_have_no_limits() -> None:
    policy = ContactPolicy(caps=(Cap(0, DAY),), quiet_hours=(QuietHours(0, 1_440),), least_spacing_s=10**6)
    for now_s in (NOW, NOW + 12 * 3_600):
        answer = limits_for(
            policy,
            Dealings(contacts=(sent(NOW),)),
            channel=Channel("store", "inbound"),
            kind=ActionKind.PRODUCT_OFFER,
            now_s=now_s,
            zone=UTC,
        )
        assert answer.ok


def test_a_contact_that_another_clock_put_after_now_counts() -> None:
    assert not ask(ContactPolicy(caps=(Cap(1, DAY),)), sent(NOW + 5)).ok
    assert not ask(ContactPolicy(least_spacing_s=60), sent(NOW + 5)).ok


STATUSES: tuple[ContactStatus, ...] = ("reserved", "sent", "released", "bounced")
CONTACTS = st.lists(
    st.builds(
        Contact,
        st.sampled_from(["email", "sms"]),
        st.sampled_from(["come", "news", "gone", None]),
        st.none(),
        st.sampled_from(STATUSES),
        st.integers(NOW - 4_000, NOW),
        st.one_of(st.none(), st.integers(NOW - 500, NOW + 3_000)),
        st.none(),
        st.none(),
    ),
    max_size=12,
)
SOME_CHANNELS = st.frozensets(st.sampled_from(["email", "sms"]))
SOME_KINDS = st.frozensets(st.sampled_from([ActionKind.APPOINTMENT, ActionKind.PRODUCT_OFFER]))
CAPS = st.lists(
    st.builds(Cap, st.integers(1, 4), st.integers(1, 3_000), SOME_CHANNELS, SOME_KINDS), max_size=3
)
QUIET = st.lists(
    st.builds(
        QuietHours,
        st.integers(0, 1_439),
        st.integers(1, 1_440),
        st.frozensets(st.integers(0, 6)),
        SOME_CHANNELS,
        SOME_KINDS,
    ),
    max_size=2,
)
POLICIES = st.builds(
    ContactPolicy,
    CAPS.map(tuple),
    QUIET.map(tuple),
    st.sampled_from([0, 0, 200]),
    st.just(900),
)
KINDS = (ActionKind.APPOINTMENT, ActionKind.PRODUCT_OFFER, ActionKind.SURVEY)
KIND_OF = {"come": ActionKind.APPOINTMENT, "news": ActionKind.PRODUCT_OFFER}


def counts_at(one: Contact, at_s: int) -> bool:
    expires_s = one.at_s + 900 if one.expires_s is None else one.expires_s
    return one.status == "sent" or (one.status == "reserved" and at_s < expires_s)


def caps_hold(
    policy: ContactPolicy, contacts: list[Contact], channel: str, kind: ActionKind, at_s: int
) -> bool:
    """The definition: no window of a cap that ends now has as many contacts as it allows."""
    for cap in policy.caps:
        if kind in cap.except_kinds or (cap.channels and channel not in cap.channels):
            continue
        inside = [
            one
            for one in contacts
            if counts_at(one, at_s)
            and at_s - cap.per_s < one.at_s
            and (not cap.channels or one.channel in cap.channels)
            and KIND_OF.get(one.action or "") not in cap.except_kinds
        ]
        if len(inside) >= cap.contacts:
            return False
    return all(abs(at_s - one.at_s) >= policy.least_spacing_s for one in contacts if counts_at(one, at_s))


@given(
    policy=POLICIES,
    contacts=CONTACTS,
    channel=st.sampled_from(["email", "sms"]),
    kind=st.sampled_from(KINDS),
    zone=st.sampled_from([UTC, BERLIN, ZoneInfo("Australia/Lord_Howe")]),
    shift_s=st.integers(0, 30 * DAY),
)
def test_limits_are_their_definition_and_open_at_the_first_second_that_they_say(
    policy: ContactPolicy,
    contacts: list[Contact],
    channel: str,
    kind: ActionKind,
    zone: ZoneInfo,
    shift_s: int,
) -> None:
    moved = [
        msgspec.structs.replace(
            one, at_s=one.at_s + shift_s, expires_s=None if one.expires_s is None else one.expires_s + shift_s
        )
        for one in contacts
    ]
    now_s = NOW + shift_s
    rules = ContactRules(policy, KIND_OF)

    def at(moment_s: int) -> Allowed:
        return limits_for(
            rules,
            Dealings(contacts=tuple(moved)),
            channel=CHANNELS[channel],
            kind=kind,
            now_s=moment_s,
            zone=zone,
        )

    answer = at(now_s)
    gate = ContactGate(rules, Dealings(contacts=tuple(moved)), CHANNELS[channel], now_s, zone)
    assert [gate.allows(other) for other in KINDS][KINDS.index(kind)] == answer
    shut = gate.shut(kind)
    assert answer.ok if shut is None else (shut.code, shut.opens_s) == (answer.code, answer.opens_s)
    assert (answer.code in {"cap_reached", "too_soon"}) is not caps_hold(policy, moved, channel, kind, now_s)
    if answer.ok:
        assert answer.opens_s is None
    elif answer.opens_s is not None:
        assert answer.opens_s > now_s
        assert at(answer.opens_s).ok
        assert not at(answer.opens_s - 1).ok
        for step_s in range(now_s, answer.opens_s, max((answer.opens_s - now_s) // 20, 1)):
            assert not at(step_s).ok


@given(
    cap=st.builds(Cap, st.integers(1, 3), st.integers(1, 200)),
    tries=st.lists(st.integers(1, 60), max_size=60),
)
def test_who_asks_before_each_contact_never_exceeds_a_cap_in_any_window(cap: Cap, tries: list[int]) -> None:
    policy = ContactPolicy(caps=(cap,))
    gone: list[Contact] = []
    now_s = NOW
    for pause_s in tries:
        now_s += pause_s
        if ask(policy, *gone, now_s=now_s).ok:
            gone.append(sent(now_s))
    for begin in range(len(gone)):
        within = [one for one in gone[begin:] if one.at_s < gone[begin].at_s + cap.per_s]
        assert len(within) <= cap.contacts

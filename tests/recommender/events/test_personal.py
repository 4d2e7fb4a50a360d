"""Names, emails and phones leave an event before it enters the log."""

from datetime import UTC, datetime

from recommender.events import PersonalData, encode_event, personal_data, without_personal_data
from recommender.events.vocabulary import Preference, Profile

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
ADA = Profile(
    source="crm",
    event_id="1",
    occurred_at=NOON,
    customer_id="C-1",
    name="Ada Lovelace",
    email="ada@example.com",
    phone="+44 20",
    language="en",
    attributes={"tier": "gold"},
)


def test_personal_data_is_split_off_and_everything_else_stays() -> None:
    assert personal_data(ADA) == PersonalData(name="Ada Lovelace", email="ada@example.com", phone="+44 20")
    rest = without_personal_data(ADA)
    assert isinstance(rest, Profile)
    assert (rest.name, rest.email, rest.phone) == (None, None, None)
    assert (rest.customer_id, rest.language, rest.attributes) == ("C-1", "en", {"tier": "gold"})


def test_no_byte_of_personal_data_is_left_in_what_is_written() -> None:
    written = encode_event(without_personal_data(ADA))
    assert not [word for word in (b"Ada", b"Lovelace", b"example.com", b"+44") if word in written]


def test_a_profile_without_personal_data_and_any_other_event_are_themselves() -> None:
    plain = Profile(source="crm", event_id="1", occurred_at=NOON, language="en")
    size = Preference(source="crm", event_id="2", occurred_at=NOON, name="shoe_size", value="42")
    for event in (plain, size):
        assert personal_data(event) is None
        assert without_personal_data(event) is event


def test_splitting_twice_changes_nothing_more() -> None:
    once = without_personal_data(ADA)
    assert without_personal_data(once) is once

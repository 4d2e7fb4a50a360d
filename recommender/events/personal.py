"""Keeping names, emails and phone numbers out of the log.

They live in the profile table alone. The log stores :func:`without_personal_data` of an event, and the profile
table stores :func:`personal_data` of it.
"""

import msgspec

from recommender.events.vocabulary import AnyEvent, Profile


class PersonalData(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What the profile table keeps of one ``profile`` event; a field that is None was not told."""

    name: str | None = None
    email: str | None = None
    phone: str | None = None


def personal_data(event: AnyEvent) -> PersonalData | None:
    """Return the personal data that an event carries, or None when it carries none.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> ada = Profile(source="crm", event_id="1", occurred_at=datetime(2024, 5, 1, tzinfo=UTC), name="Ada")
    >>> personal_data(ada)
    PersonalData(name='Ada', email=None, phone=None)
    """
    if not isinstance(event, Profile):
        return None
    found = PersonalData(name=event.name, email=event.email, phone=event.phone)
    return None if found == PersonalData() else found


def without_personal_data(event: AnyEvent) -> AnyEvent:
    """Return the event without personal data; itself when it carries none.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> ada = Profile(source="crm", event_id="1", occurred_at=datetime(2024, 5, 1, tzinfo=UTC), name="Ada",
    ...               language="en")
    >>> without_personal_data(ada).name is None, without_personal_data(ada).language
    (True, 'en')
    """
    if personal_data(event) is None:
        return event
    return msgspec.structs.replace(event, name=None, email=None, phone=None)

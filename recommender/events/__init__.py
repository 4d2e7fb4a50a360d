"""The words of the log: every kind of event, how it is written, read, checked and brought up to date.

``vocabulary`` holds the types, ``codec`` their canonical JSON, ``validation`` what types cannot say,
``upcasting`` older forms and ``personal`` what must not enter the log. ``docs/events.md`` shows each type.
"""

from recommender.events.codec import EVENT_TYPES, decode_event, encode_event
from recommender.events.personal import PersonalData, personal_data, without_personal_data
from recommender.events.upcasting import UPCASTERS, Upcasters
from recommender.events.validation import check_event, check_id
from recommender.events.vocabulary import AnyEvent

__all__ = [
    "EVENT_TYPES",
    "UPCASTERS",
    "AnyEvent",
    "PersonalData",
    "Upcasters",
    "check_event",
    "check_id",
    "decode_event",
    "encode_event",
    "personal_data",
    "without_personal_data",
]

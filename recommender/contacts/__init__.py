"""Contact policy: consent, caps over sliding windows, spacing, and quiet hours where the customer lives."""

from recommender.contacts.allowed import Allowed
from recommender.contacts.consent import consent_for
from recommender.contacts.limits import (
    ContactGate,
    ContactRules,
    contact_rules_of,
    limits_for,
    quiet_hours_for,
    without_request,
)
from recommender.contacts.quiet import quiet_from
from recommender.contacts.zones import LocalZone, local_zone_of, zone_of

__all__ = [
    "Allowed",
    "ContactGate",
    "ContactRules",
    "LocalZone",
    "consent_for",
    "contact_rules_of",
    "limits_for",
    "local_zone_of",
    "quiet_from",
    "quiet_hours_for",
    "without_request",
    "zone_of",
]

"""A small playbook over the items of the test shop, and a home that has it."""

from pathlib import Path

from serving.settings import ServingSettings
from tests.serving.running_api import settings_for

PLAYBOOK = """[playbook]
name = "Test shop"
currency = "EUR"
time_zone = "Europe/Berlin"

[channels.web]
direction = "inbound"

[channels.email]
direction = "outbound"

[channels.sms]
direction = "outbound"
cost = 0.1

[contact_policy]
needs_consent = false
reservation = "1 hour"
complaint_grace = "1 day"

[[contact_policy.caps]]
contacts = 1
per = "7 days"
except_kinds = ["apology"]

[[actions]]
id = "for-you"
kind = "product_offer"
value = 20.0

[[actions]]
id = "again"
kind = "buy_again"
value = 5.0

[[actions]]
id = "thanks"
kind = "thank_you"
text = "Thank you for the {item}."
value = 2.0
prior = 0.5
timing.within = "10 days"

[[actions]]
id = "sorry"
kind = "apology"
text = "We are sorry. Please accept {amount}."
value = 100.0
prior = 0.9
goodwill = { amount = 20.0, per_customer = 20.0, total = 20.0, per = "365 days" }
"""


def with_playbook(home: Path, text: str = PLAYBOOK) -> ServingSettings:
    """Give a home a playbook, and return its settings."""
    (home / "playbook.toml").write_text(text)
    return settings_for(home)

import pytest

from recommender.contacts import local_zone_of, zone_of
from recommender.customers.dealings import Dealings
from recommender.playbook.model import Playbook

SHOP = Playbook("v1", "shop", time_zone="Europe/Vienna")


def test_the_customers_own_zone_holds() -> None:
    own = local_zone_of(Dealings(time_zone="America/St_Johns"), SHOP)
    assert (own.zone.key, own.because) == ("America/St_Johns", "")


def test_a_customer_without_zone_lives_where_the_playbook_says() -> None:
    assert local_zone_of(Dealings(), SHOP) == local_zone_of(Dealings(time_zone="Europe/Vienna"), SHOP)


@pytest.mark.parametrize(
    "name", ["Middle/Earth", "", "Europe", "../../etc/passwd", "/etc/passwd", "a\0b", "ü", "GMT+99"]
)
def test_a_zone_that_nobody_knows_falls_back_to_the_playbooks_and_says_so(name: str) -> None:
    found = local_zone_of(Dealings(time_zone=name), SHOP)
    assert found.zone.key == "Europe/Vienna"
    assert repr(name) in found.because
    assert zone_of(Dealings(time_zone=name), SHOP) is found.zone


def test_an_unknown_zone_of_the_playbook_falls_back_to_utc_and_says_so() -> None:
    found = local_zone_of(Dealings(), Playbook("v1", "shop", time_zone="Nowhere"))
    assert (found.zone.key, found.because) == (
        "UTC",
        "time zone 'Nowhere' of the playbook is unknown, UTC holds",
    )

"""Which model decides an export, and what a person is told about the choice."""

from datetime import UTC, datetime, timedelta

from recommender.engine.home import Home
from recommender.storage.log import EventLog
from tests.training.homes import registry_of, train_in
from training.serving_model import model_for

MAY, JUNE = datetime(2024, 5, 1, tzinfo=UTC), datetime(2024, 6, 1, tzinfo=UTC)


def test_a_version_of_the_very_time_that_does_not_serve_is_named(shop_home: Home) -> None:
    """Whoever trains at several times in one home has one champion, of the first of them."""
    train_in(shop_home, as_of=MAY)
    later = train_in(shop_home, as_of=JUNE).outcome.version.version
    said = f"Version {later} was learned up to that very time: name it with --model {later}."

    def notes(name: str, moment: datetime) -> tuple[str, ...]:
        with EventLog.open(shop_home.log_url) as log:
            return model_for(registry_of(shop_home), log, name, moment, log.catalogue()).notes

    assert notes("champion", JUNE)[-1] == said
    assert notes("champion", JUNE.astimezone())[-1] == said
    assert len(notes("champion", MAY)) == 1
    assert len(notes("champion", JUNE + timedelta(seconds=1))) == 1
    assert len(notes(later, JUNE)) == 1

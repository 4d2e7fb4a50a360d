"""What every peer promises, once per peer."""

import subprocess
import sys
import warnings

import numpy as np
import pytest

from recommender.errors import InvalidRequestError
from tests.training.leaderboard.worlds import latest_moment, shop_with
from training.peers import BUDGET, PEER_MODULES, Known, Peer, peers_named

ROWS = np.array([3, 0, 7], np.int64)


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Known:
    return latest_moment(shop_with(tmp_path_factory.mktemp("shop"))).known


@pytest.fixture(params=sorted(PEER_MODULES))
def peer(request: pytest.FixtureRequest) -> Peer:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what other packages warn about while they are imported
        (found,) = peers_named(request.param)
    return found


def test_a_peer_says_who_it_is_and_tries_as_many_settings_as_every_other(peer: Peer) -> None:
    assert PEER_MODULES[peer.name]
    assert peer.title
    assert peer.source
    assert len(peer.settings) in {1, BUDGET}
    assert len({tuple(setting.items()) for setting in peer.settings}) == len(peer.settings)
    assert peer.tasks


def test_a_peer_scores_every_item_of_the_catalogue_and_repeats_itself(peer: Peer, known: Known) -> None:
    first = peer.fit(known, peer.settings[0]).scores(ROWS)
    again = peer.fit(known, peer.settings[0]).scores(ROWS)
    assert first.shape == (len(ROWS), known.n_items)
    assert first.dtype == np.float32
    assert np.isfinite(first).all()
    np.testing.assert_array_equal(first, again)


def test_every_setting_can_be_fitted(peer: Peer, known: Known) -> None:
    for setting in peer.settings:
        assert np.isfinite(peer.fit(known, setting).scores(ROWS[:1])).all()


def test_an_answer_does_not_depend_on_who_else_is_asked(peer: Peer, known: Known) -> None:
    fitted = peer.fit(known, peer.settings[-1])
    together = fitted.scores(ROWS)
    alone = np.concatenate([fitted.scores(ROWS[at : at + 1]) for at in range(len(ROWS))])
    np.testing.assert_allclose(together, alone, rtol=1e-4, atol=1e-6)


def test_nobody_asked_nothing_answered(peer: Peer, known: Known) -> None:
    fitted = peer.fit(known, peer.settings[0])
    assert fitted.scores(np.empty(0, np.int64)).shape == (0, known.n_items)
    assert fitted.stranger is None or fitted.stranger.shape == (known.n_items,)


def test_a_peer_sees_the_taste_of_a_customer_or_says_the_same_to_all(peer: Peer, known: Known) -> None:
    """Even customers like the kitchen and odd ones the garden; a customer's own shelf scores higher on average."""
    scores = peer.fit(known, peer.settings[0]).scores(np.arange(40, dtype=np.int64))
    if "popularity" in peer.name:
        assert (scores == scores[0]).all()
        return
    bought = known.bought[:40].toarray() > 0
    taste = np.array([bought[0::2].sum(axis=0) > bought[1::2].sum(axis=0)] * 40)
    taste[1::2] = ~taste[1::2]
    assert scores[taste].mean() > scores[~taste].mean()


def test_an_unknown_peer_is_refused_with_the_names_that_exist() -> None:
    with pytest.raises(InvalidRequestError, match=r"expected all, none, or some of popularity.*found best"):
        peers_named("best,als")
    with pytest.raises(InvalidRequestError, match="found nothing"):
        peers_named(" ,")


def python(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)


def test_a_missing_extra_is_named_with_what_to_install() -> None:
    hidden = "import sys; sys.modules['irspack'] = None\n"
    message = python(f"{hidden}from training.peers import peers_named; peers_named('als,slim')").stderr
    assert "the peer slim needs a package that is not installed" in message
    assert "pip install 'rapport[peers]'" in message
    assert python(f"{hidden}from training.peers import peers_named; peers_named('als,ease')").returncode == 0


def test_the_product_never_imports_a_peer() -> None:
    rooms = (
        "training.train, training.export, training.commands.evaluate, serving.app, recommender.engine.engine"
    )
    found = python(
        f"import sys, {rooms}; print([n for n in sys.modules if 'irspack' in n or 'training.peers' in n])"
    )
    assert found.stdout.strip() == "[]", found.stderr

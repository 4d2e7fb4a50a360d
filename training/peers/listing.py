"""Which peers there are, and loading those that were asked for."""

import importlib
from typing import Final

from recommender.errors import InvalidRequestError, UnavailableError
from training.peers.contract import Peer

PEER_MODULES: Final = {
    "popularity": "popularity",
    "recent-popularity": "recent_popularity",
    "als": "implicit_als",
    "bpr": "implicit_bpr",
    "lmf": "implicit_lmf",
    "cosine": "implicit_cosine",
    "tfidf": "implicit_tfidf",
    "bm25": "implicit_bm25",
    "ease": "ease",
    "slim": "slim",
    "p3alpha": "p3alpha",
    "rp3beta": "rp3beta",
    "puresvd": "pure_svd",
    "frequency": "personal_frequency",
    "decayed-frequency": "decayed_frequency",
    "tifu-knn": "tifu_knn",
    "up-cf": "up_cf",
}
"""Every peer by name, with the module of this room that holds it."""

EXTRA: Final = "rapport[peers]"


def peers_named(text: str) -> tuple[Peer, ...]:
    """Return the peers of ``all``, ``none`` or a list of names separated by commas, in the order of the room.

    Raises
    ------
    InvalidRequestError
        A name is unknown.
    UnavailableError
        A peer stands on a package of the extra, which is not installed.

    Examples
    --------
    >>> [peer.name for peer in peers_named("frequency, popularity")]
    ['popularity', 'frequency']
    >>> peers_named("none")
    ()
    """
    asked = {part.strip() for part in text.split(",") if part.strip()}
    unknown = sorted(asked - {"all", "none", *PEER_MODULES})
    if unknown or not asked:
        raise InvalidRequestError(
            "--peers names something unknown",
            expected="all, none, or some of " + ", ".join(PEER_MODULES),
            found=", ".join(unknown) or "nothing",
        )
    names = PEER_MODULES if "all" in asked else [name for name in PEER_MODULES if name in asked]
    return tuple(_load(name) for name in names)


def _load(name: str) -> Peer:
    try:
        peer: Peer = importlib.import_module(f"training.peers.{PEER_MODULES[name]}").PEER
    except ModuleNotFoundError as error:
        raise UnavailableError(
            f"the peer {name} needs a package that is not installed",
            expected=f"the development extra {EXTRA}",
            found=f"no module {error.name}",
            remedy=f"pip install '{EXTRA}', or leave the peer out with --peers",
        ) from error
    return peer

"""Other people's methods, as published: what the leaderboard compares Rapport with, and nothing that it ships.

One peer, one file, each with a ``PEER``. They are imported by name when a leaderboard asks for them; what the extra
``rapport[peers]`` brings is never needed for anything else.
"""

from training.peers.contract import BUDGET, Fitted, Known, Peer, Setting
from training.peers.listing import PEER_MODULES, peers_named

__all__ = ["BUDGET", "PEER_MODULES", "Fitted", "Known", "Peer", "Setting", "peers_named"]

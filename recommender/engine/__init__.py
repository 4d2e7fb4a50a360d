"""The engine: what the API, the jobs and the commands all call.

It joins the log, the state store, the catalogue and the decision function, and keeps one promise: a purchase that was
acknowledged is known to the next decision on every worker, whatever happened to the state store meanwhile.
"""

from recommender.engine.home import Home

__all__ = ["Home"]

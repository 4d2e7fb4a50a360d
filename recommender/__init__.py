"""The library: pure functions and frozen values, from the log of events to one decision.

The rooms read like the pipeline: ``events`` and ``catalog`` are the words, ``customers`` the fold, ``data``,
``models`` and ``fitting`` what is learned, ``candidates`` and ``decisions`` what is said, ``storage`` and
``engine`` what makes it last.
"""

from recommender.kernel_cache import use_own_cache

use_own_cache()

"""What holds for every test: no law has a deadline (tests never assert a time), and CI repeats the same examples."""

import os

from hypothesis import settings

settings.register_profile("rapport", deadline=None, print_blob=True)
settings.register_profile("ci", settings.get_profile("rapport"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "rapport")

"""What holds for every test: no law has a deadline (tests never assert a time), and CI repeats the same examples.

``--hypothesis-profile=long`` lets the machine of the whole engine search for an hour.
"""

import os

from hypothesis import settings

settings.register_profile("rapport", deadline=None, print_blob=True)
settings.register_profile("long", settings.get_profile("rapport"))
settings.register_profile("ci", settings.get_profile("rapport"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "rapport")

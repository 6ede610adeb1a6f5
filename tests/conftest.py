"""Settings that every test uses.

No result depends on how fast the machine is. `HYPOTHESIS_PROFILE=thorough` generates many more
examples than the default.
"""

import os

from hypothesis import settings

# Every interpreter that tox has runs them, with other examples each time.
settings.register_profile("fakebox", deadline=None, max_examples=30)
settings.register_profile("thorough", deadline=None, max_examples=1_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fakebox"))

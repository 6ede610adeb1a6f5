"""Settings of all tests: Hypothesis sets no deadline, because machines differ in speed."""

from hypothesis import settings

settings.register_profile("fakebox", deadline=None)
settings.load_profile("fakebox")

"""What every test relies on: no verdict depends on how fast the machine is."""

from hypothesis import settings

settings.register_profile("fakebox", deadline=None)
settings.load_profile("fakebox")

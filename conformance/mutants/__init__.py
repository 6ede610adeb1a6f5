"""Measure which changes of the code the suite and the tests detect."""

"""Benchmarks that report ratios measured within one run: `python -m bench.NAME`."""

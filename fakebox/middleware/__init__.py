"""Middleware for all dialects: the journal, the rate limit, and planned faults."""

"""Middleware for all versions of the API: the journal, the rate limit, and planned faults."""

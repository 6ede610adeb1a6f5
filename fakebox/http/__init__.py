"""HTTP that every dialect shares: bodies, ranges, conditional requests, isolation."""

"""HTTP that every dialect shares: bodies, ranges, entity tags, images."""

"""HTTP of all versions of the API: bodies, forms, conditional requests, ranges, headers, URLs."""

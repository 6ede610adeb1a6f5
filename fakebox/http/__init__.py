"""HTTP for all dialects: bodies, forms, conditional requests, ranges, headers, and URLs."""

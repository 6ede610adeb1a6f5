"""Who is asking: a request becomes a caller, or is refused."""

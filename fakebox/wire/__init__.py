"""HTTP that every dialect shares: requests' bodies and parameters, ranges, validators, pictures."""

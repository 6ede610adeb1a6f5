"""The second dialect: the API version 2, on the same world as the first."""

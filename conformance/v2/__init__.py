"""The suite for version 2 of the API: statements, and cases that send raw requests."""

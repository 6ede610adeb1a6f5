"""The pages that people see: authorise, shared links, dashboard."""

"""What every request passes: faults on purpose, and the record of what was asked."""

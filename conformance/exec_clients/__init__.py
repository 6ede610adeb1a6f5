"""Programs in several languages for `fakebox exec`, run by `drive_exec_clients`."""

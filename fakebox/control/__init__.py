"""The control plane below `/_fakebox/`, which is not part of the emulated API."""

"""The control plane under `/_fakebox/`: never part of the emulated API."""

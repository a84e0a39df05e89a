"""The Network tab: what the network consists of."""

"""The Runs tab: what was measured before."""

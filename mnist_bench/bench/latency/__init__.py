"""Latency: how long backends take, measured side by side in several fresh processes each."""

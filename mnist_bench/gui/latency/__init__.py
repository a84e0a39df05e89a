"""The Latency tab: what to measure, and what came of it."""

"""The Latency tab: what to measure, and the outcome."""

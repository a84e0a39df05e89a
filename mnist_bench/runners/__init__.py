"""The far end: programs that execute a network, started by name and never imported."""

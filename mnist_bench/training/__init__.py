"""Training and quantizing: torch at work, run as child processes that report progress."""

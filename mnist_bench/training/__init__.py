"""Training and quantizing with torch, run as child processes that report progress."""

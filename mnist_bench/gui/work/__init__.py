"""What takes its time: evaluating, downloading, quantizing, off the window's thread."""

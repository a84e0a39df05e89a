"""Results that are kept: latency, accuracy and layers, one file each, with a name and a note."""

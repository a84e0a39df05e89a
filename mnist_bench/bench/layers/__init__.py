"""Layers: where in the network each backend's time goes, and where quantization's error arises."""

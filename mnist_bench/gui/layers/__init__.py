"""The Layers tab: each layer's time and error on each backend."""

"""Engines' own libraries: which there are, and how they are fetched and installed."""

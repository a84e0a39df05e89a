"""The Drawings tab: what was drawn, kept with its label and answers."""

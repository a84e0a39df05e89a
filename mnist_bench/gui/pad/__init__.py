"""What goes in: the drawing pad, what lies around it, and what it hands on."""

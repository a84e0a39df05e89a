"""What goes in: the drawing pad and what is around it."""

"""What is open now, without Qt: commands go in, changes come out. This is the only place with such state."""

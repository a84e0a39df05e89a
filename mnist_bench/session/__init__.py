"""What is open now, without Qt: commands go in, changes come out. The only place where such state lives."""

"""What comes out: a card for each backend."""

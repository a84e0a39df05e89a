"""The Answers tab: a card for each backend, and the live chart below."""

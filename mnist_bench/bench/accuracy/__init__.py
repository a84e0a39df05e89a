"""How right backends are: evaluating on labelled digits, and what to say of one result and of two."""

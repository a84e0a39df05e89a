"""Phones in the window: those that adb sees, what is known of them, and what can be done with them."""

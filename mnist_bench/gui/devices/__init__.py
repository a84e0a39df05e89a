"""The Devices tab and menu: the devices, what is known about each, and what can be done with it."""

"""Phones over adb: finding them, copying the runner to them, a stream to it, and a phone's facts."""

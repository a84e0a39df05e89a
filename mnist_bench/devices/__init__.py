"""Where runners run: this computer, phones over adb."""

"""What everything stands on: errors, files, bytes, numbers as words, locations, logs."""

"""The Accuracy tab: an evaluation while it runs, and several views of its outcome."""

"""The Accuracy tab: an evaluation while it runs, and what came of it from several sides."""

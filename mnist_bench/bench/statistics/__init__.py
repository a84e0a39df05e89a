"""Statistics of samples: summaries, the ratio of two backends with its interval, the verdict."""

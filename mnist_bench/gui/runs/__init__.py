"""The Runs tab: kept results."""

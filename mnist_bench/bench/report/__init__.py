"""Reports: what was measured, how it compares, and under which conditions, as one HTML file or as Markdown."""

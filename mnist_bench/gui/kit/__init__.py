"""What views are made of: style, tables, charts, background work; it imports no view."""

"""What every view is made of: look, tables, charts, background work; it knows no view."""

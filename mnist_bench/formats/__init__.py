"""Other programs' model files: read into a graph, rewritten until it is a network, and written from one."""

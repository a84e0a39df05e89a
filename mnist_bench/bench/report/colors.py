"""The colour of each backend, in the order in which backends were chosen: the window's and the reports'."""

from typing import Final

BACKEND_COLORS: Final = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
"""Okabe and Ito's, distinguishable with any colour vision."""

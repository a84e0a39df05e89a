"""Runners without a network, as the engine's tests have them."""

from tests.engines.conftest import misbehave, nothing_left_behind, pieces_of_a_hundred

__all__ = ["misbehave", "nothing_left_behind", "pieces_of_a_hundred"]

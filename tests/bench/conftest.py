"""Runners without a network, as the engine's tests have them."""

from tests.engines.conftest import misbehave, nothing_left_behind, turns_of_one_request

__all__ = ["misbehave", "nothing_left_behind", "turns_of_one_request"]

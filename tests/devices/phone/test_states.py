"""Each state of a phone has words and a next step, and its own error."""

import pytest

from mnist_bench.devices.phone.errors import PhoneNotReady, PhoneUnauthorized, state_error
from mnist_bench.devices.phone.states import PhoneState


def test_each_state_has_words_and_all_but_one_a_next_step() -> None:
    assert all(state.words for state in PhoneState)
    assert [state for state in PhoneState if not state.next_step] == [PhoneState.DEVICE]
    assert all(state.next_step.endswith(".") for state in PhoneState if state.next_step)


@pytest.mark.parametrize("state", [state for state in PhoneState if state is not PhoneState.DEVICE])
def test_an_error_says_the_state_and_what_to_do(state: PhoneState) -> None:
    error = state_error(state, "Pixel 7")
    assert error.message == f"Pixel 7 is {state.words}."
    assert error.advice == state.next_step


def test_states_that_matter_have_errors_of_their_own() -> None:
    assert isinstance(state_error(PhoneState.UNAUTHORIZED, "X"), PhoneUnauthorized)
    assert isinstance(state_error(PhoneState.RECOVERY, "X"), PhoneNotReady)

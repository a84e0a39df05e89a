"""What every backend is, whatever it computes with and wherever it runs."""

from collections.abc import Callable
from typing import Protocol

from mnist_bench.engines.lane import Lane
from mnist_bench.engines.transport import Transport
from mnist_bench.network.network import Precision


def never() -> bool:
    """For those who never give up."""
    return False


class Backend(Protocol):
    """One way to execute a network: a value that can be compared, hashed and kept, and that starts its own runner."""

    @property
    def name(self) -> str:
        """The plain id, such as `torch-fp32`, whatever its options are."""

    @property
    def id(self) -> str:
        """What a person types for it: the name, with the options that are not the default."""

    @property
    def plain_title(self) -> str:
        """What a person reads, without the options."""

    @property
    def title(self) -> str:
        """What a person reads."""

    @property
    def precision(self) -> Precision:
        """What it computes in."""

    @property
    def threads(self) -> int:
        """How many threads it computes with."""

    @property
    def mode_words(self) -> str:
        """How it computes, in a few words: "eager · 1 thread", "C · core 4"."""

    @property
    def lane(self) -> Lane:
        """Whom its runner takes turns with."""

    @property
    def start_seconds(self) -> float:
        """How long its runner may take, once started, until it says who it is."""

    def missing(self) -> str | None:
        """Why it cannot even be started, without starting it; None if it can be tried."""

    def connect(self, given_up: Callable[[], bool] = never, *, awake: bool = False) -> Transport:
        """Start its runner, which keeps its core `awake` from one request to the next where that is asked for.

        Raises RunnerUnavailable where that cannot be, Cancelled once `given_up` is true.
        """

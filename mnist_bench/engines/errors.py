"""What can go wrong with a runner, in words for a person."""

from mnist_bench.base.errors import MnistBenchError
from mnist_bench.base.trouble import MEMORY_ADVICE, tells_of_no_memory


class EngineError(MnistBenchError):
    """A backend did not do what was asked of it."""


class RunnerRefused(EngineError):
    """The runner answered that it cannot do what was asked; it goes on. `code` is the protocol's."""

    def __init__(self, message: str, code: int) -> None:
        super().__init__(message)
        self.code = code


class RunnerLost(EngineError):
    """The runner is gone; `last_words` are the last lines it wrote to standard error."""

    advice = "Start it again."

    def __init__(self, message: str, last_words: str = "") -> None:
        last = last_words.rpartition("\n")[2]
        advice = None
        if tells_of_no_memory(last_words):
            message, advice = f"{message} It ran out of memory.", MEMORY_ADVICE
        super().__init__(f'{message} Its last output: "{last}".' if last else message, advice=advice)
        self.last_words = last_words


class RunnerDied(RunnerLost):
    """The runner ended, its stream broke, or it did not keep to the protocol and was stopped."""


class RunnerUnreachable(RunnerLost):
    """The way to the runner is gone, and nobody knows what became of it: its device was unplugged."""

    advice = "Connect the device again."


class RunnerTimedOut(RunnerLost):
    """The runner did not answer in time and was stopped."""

    advice = "Start it again; if it happens again, close other programs or choose a smaller network."


class EngineNotInstalled(MnistBenchError):
    """An engine's library could not be fetched or installed; what was there stays."""

"""What can go wrong with a runner, in words for a person."""

from mnist_bench.errors import MnistBenchError


class EngineError(MnistBenchError):
    """A backend did not do what was asked of it."""


class RunnerUnavailable(EngineError):
    """The backend cannot run on this computer."""


class RunnerDied(EngineError):
    """The runner ended, or its stream broke; `last_words` are the last lines it wrote to standard error."""

    advice = "Start it again."

    def __init__(self, message: str, last_words: str = "", *, advice: str | None = None) -> None:
        super().__init__(message, advice=advice)
        self.last_words = last_words


class RunnerTimedOut(EngineError):
    """The runner did not answer in time and was ended."""

    advice = "Start it again; if it happens again, close other programs or choose a smaller network."


class RunnerRefused(EngineError):
    """The runner answered that it cannot do what was asked; it goes on. `code` is the protocol's."""

    def __init__(self, message: str, code: int) -> None:
        super().__init__(message)
        self.code = code

"""The errors a person can meet: each says what happened, and what to do next."""


class MnistBenchError(Exception):
    """The base of every error that is shown to a person as one sentence.

    Attributes:
        advice: what to do next, a sentence of its own; empty where the message says it already.

    A subclass may set `advice` for all its errors; `advice=` sets it for one.
    """

    advice: str = ""

    def __init__(self, message: str, *, advice: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        if advice is not None:
            self.advice = advice

    def __str__(self) -> str:
        return f"{self.message} {self.advice}".strip()


class UsageError(MnistBenchError):
    """The person's words cannot be understood (exit status 2)."""


class InputError(MnistBenchError):
    """A file or value that was given is missing, damaged or of the wrong kind."""


class SystemTrouble(MnistBenchError):
    """The system, not the program, is why something failed: no memory, or a file that cannot be used."""


class Cancelled(MnistBenchError):
    """The person cancelled what was running; not a failure."""

"""How a runner ended, described by whoever held its stream: an engine or a phone's transport."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RunnerEnd:
    """`words` finish a sentence that begins with "The runner": "ended with status 1".

    `unreachable`: nothing is known of the runner itself, since the way to it is gone: a phone that was unplugged.
    """

    words: str
    unreachable: bool = False

"""What to measure: the scenario, how many samples, and in how many processes."""

import math
from dataclasses import dataclass, replace
from enum import StrEnum

from mnist_bench.base.errors import UsageError
from mnist_bench.engines.classifying import REQUEST_IMAGES
from mnist_bench.protocol.tables import MAX_RUNS


class Scenario(StrEnum):
    """How requests are issued. The first two are named as in MLPerf Inference."""

    SINGLE_STREAM = "SingleStream"
    OFFLINE = "Offline"
    HOT_LOOP = "HotLoop"
    LIVE = "Live"

    @property
    def words(self) -> str:
        """What a sample is, for a person."""
        return _WORDS[self]

    @property
    def keeps_awake(self) -> bool:
        """Whether runners keep their cores awake between two samples: a core that sleeps comes back with a slow clock,
        sometimes for longer than a sample.
        """
        return self is not Scenario.LIVE

    @property
    def has_round_trips(self) -> bool:
        """Whether samples have a round trip; a hot loop runs inside the runner."""
        return self is not Scenario.HOT_LOOP


_WORDS = {
    Scenario.SINGLE_STREAM: "one image per request, the next after the answer",
    Scenario.OFFLINE: "as many images a second as possible, several per request",
    Scenario.HOT_LOOP: "the same image repeatedly, inside the runner",
    Scenario.LIVE: "one image every 16 ms, as while drawing: caches are cold",
}

DEFAULT_BATCHES = (1, 10, 100)
LIVE_INTERVAL_S = 0.016
MAX_PROCESSES = 100
MAX_BLOCKS = 1000
MAX_SECONDS = 3600.0
MAX_SAMPLES = 1_000_000


@dataclass(frozen=True, slots=True)
class Settings:
    """How to measure every backend, as the person asked for it; `plan` is what becomes of it.

    Attributes:
        processes: the most runner processes of each backend, fresh ones, one after the other.
        blocks: the most in each process; the backends' blocks alternate.
        runs: samples of each backend (and batch size) in all blocks together; None: as many as fit into `seconds`, a
            million at most.
        seconds: total measuring time per backend blocks together; None: as long as `runs` take.
        batches: images per request, for Offline; (1,) otherwise.
        warm_up_runs, warm_up_seconds: the limits of the warm-up of each process, whichever is reached first.
        cool_down_s: pause before each process, in seconds.
        seed: of the random order.

    Raises UsageError where one of them is not possible.
    """

    scenario: Scenario = Scenario.SINGLE_STREAM
    processes: int = 10
    blocks: int = 100
    runs: int | None = None
    seconds: float | None = None
    batches: tuple[int, ...] = (1,)
    warm_up_runs: int = 500
    warm_up_seconds: float = 1.0
    cool_down_s: float = 0.0
    seed: int = 0

    def __post_init__(self) -> None:
        _check("processes", self.processes, 1, MAX_PROCESSES)
        _check("blocks", self.blocks, 1, MAX_BLOCKS)
        if self.runs is not None:
            _check("runs", self.runs, 1, MAX_SAMPLES)
        if self.seconds is not None:
            _check("seconds", self.seconds, 0.001, MAX_SECONDS)
        _check("cool-down seconds", self.cool_down_s, 0, MAX_SECONDS)
        _check("warm-up runs", self.warm_up_runs, 0, MAX_RUNS)
        _check("warm-up seconds", self.warm_up_seconds, 0, MAX_SECONDS)
        if not self.batches or len(set(self.batches)) != len(self.batches):
            raise UsageError("Batch sizes must differ.", advice="Give each once, such as 1,10,100.")
        for batch in self.batches:
            _check("images per request", batch, 1, REQUEST_IMAGES)
        if self.scenario is not Scenario.OFFLINE and self.batches != (1,):
            raise UsageError(f"{self.scenario} sends one image to a request.", advice="Batch sizes are for Offline.")

    @property
    def plan(self) -> "Plan":
        """The processes and blocks that are measured: no more than `runs` or `seconds` fill."""
        processes, blocks = self.processes, self.blocks
        if self.runs is not None:
            processes = min(processes, self.runs)
            filled = math.ceil(self.runs / (processes * _DEFAULT_BLOCK_RUNS[self.scenario]))
            blocks = min(blocks, max(filled, _ALWAYS_BLOCKS), self.runs // processes)
        if self.seconds is not None:
            filled = math.ceil(self.seconds / (processes * _FILLED_BLOCK_SECONDS))
            blocks = min(blocks, max(filled, _ALWAYS_BLOCKS))
        return Plan(self, processes, blocks)


@dataclass(frozen=True, slots=True)
class Plan:
    """What is measured of each backend: `processes`, and in each `blocks` of samples.

    Above ten blocks there are only as many as `settings.runs` or `.seconds` fill, since what lies between blocks would
    take longer than they do. Each process has at least one sample, so few `runs` mean few processes.
    """

    settings: Settings
    processes: int
    blocks: int

    @property
    def block_runs(self) -> int:
        """The most samples of a block."""
        settings, blocks = self.settings, self.processes * self.blocks
        if settings.runs is not None:
            return min(MAX_RUNS, -(-settings.runs // blocks))
        if settings.seconds is not None:
            return min(MAX_RUNS, MAX_SAMPLES // blocks)
        return _DEFAULT_BLOCK_RUNS[settings.scenario]

    def runs_of_block(self, process: int, number: int) -> int:
        """The most samples of one block, for all blocks together to have no more than `settings.runs`."""
        runs = self.settings.runs
        if runs is None:
            return self.block_runs
        place, blocks = process * self.blocks + number, self.processes * self.blocks
        return min(MAX_RUNS, (place + 1) * runs // blocks - place * runs // blocks)

    @property
    def block_seconds(self) -> float:
        """The longest that a block goes on to ask for more samples."""
        if self.settings.seconds is not None:
            return self.settings.seconds / (self.processes * self.blocks)
        return MAX_SECONDS if self.settings.runs is not None else _DEFAULT_BLOCK_SECONDS


_DEFAULT_BLOCK_SECONDS = 0.025
"""Short, so that what disturbs one backend's block disturbs the others' as well (ADR 14)."""

_FILLED_BLOCK_SECONDS = 0.01
_ALWAYS_BLOCKS = 10
_DEFAULT_BLOCK_RUNS = {
    Scenario.SINGLE_STREAM: 10,
    Scenario.OFFLINE: 1,
    Scenario.HOT_LOOP: 200,
    Scenario.LIVE: 2,
}


class Preset(StrEnum):
    """How thoroughly to measure, for who does not want to choose each figure."""

    QUICK = "quick"
    NORMAL = "normal"
    THOROUGH = "thorough"

    def apply(self, settings: Settings) -> Settings:
        """`settings` with this many processes, for this long."""
        processes, seconds = _PRESETS[self]
        return replace(settings, processes=processes, seconds=seconds, runs=None)

    @classmethod
    def of(cls, settings: Settings) -> "Preset | None":
        """The one that `settings` follow; None where somebody chose otherwise."""
        return next((preset for preset in cls if preset.apply(settings) == settings), None)


_PRESETS: dict[Preset, tuple[int, float | None]] = {
    Preset.QUICK: (5, 1.0),
    Preset.NORMAL: (10, None),
    Preset.THOROUGH: (30, None),
}


def find_scenario(text: str) -> Scenario:
    """The scenario of this name, in any spelling: "SingleStream", "single-stream"; UsageError if there is none."""
    plain = text.casefold().replace("-", "").replace("_", "")
    for scenario in Scenario:
        if scenario.casefold() == plain:
            return scenario
    raise UsageError(f"There is no scenario {text!r}.", advice=f"Choose from: {', '.join(Scenario)}.")


def parse_batches(text: str) -> tuple[int, ...]:
    """The batch sizes in a text such as "1,10,100"; UsageError if it is none. Settings checks their sizes."""
    parts = [part.strip() for part in text.split(",")]
    for part in parts:
        if not (part.isascii() and part.isdecimal()) or len(part) > _MOST_DIGITS:
            raise UsageError(f"{part!r} is not a batch size.", advice="Give them as 1,10,100.")
    return tuple(map(int, parts))


_MOST_DIGITS = 9


def _check(what: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        raise UsageError(f"{value:,} {what} is out of range.", advice=f"Choose {low:,} to {high:,}.")

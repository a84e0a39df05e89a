"""The latest settings for measuring latency, kept among the choices."""

from mnist_bench.base.errors import UsageError
from mnist_bench.bench.latency.settings import (
    DEFAULT_BATCHES,
    MAX_PROCESSES,
    MAX_SAMPLES,
    MAX_SECONDS,
    Scenario,
    Settings,
    parse_batches,
)
from mnist_bench.session.choices import Choices


def remember_settings(choices: Choices, settings: Settings) -> None:
    """Keep what the window offers of them."""
    choices.put("latency scenario", str(settings.scenario))
    choices.put("latency processes", settings.processes)
    choices.put("latency seconds", settings.seconds or 0)
    choices.put("latency runs", settings.runs or 0)
    choices.put("latency cool-down", settings.cool_down_s)
    if settings.scenario is Scenario.OFFLINE:
        choices.put("latency batches", ",".join(map(str, settings.batches)))


def remembered_settings(choices: Choices) -> Settings:
    """What was kept, with the default for whatever cannot be read."""
    usual = Settings()
    return Settings(
        scenario=Scenario(choices.text("latency scenario", usual.scenario, among=tuple(Scenario))),
        processes=int(choices.number("latency processes", usual.processes, 1, MAX_PROCESSES)),
        seconds=choices.number("latency seconds", 0, 0, MAX_SECONDS) or None,
        runs=int(choices.number("latency runs", 0, 0, MAX_SAMPLES)) or None,
        cool_down_s=choices.number("latency cool-down", 0, 0, MAX_SECONDS),
    )


def remembered_batches(choices: Choices) -> tuple[int, ...]:
    """The batch sizes that were chosen last, for Offline."""
    try:
        return Settings(
            scenario=Scenario.OFFLINE, batches=parse_batches(choices.text("latency batches", _BATCHES))
        ).batches
    except UsageError:
        return DEFAULT_BATCHES


_BATCHES = ",".join(map(str, DEFAULT_BATCHES))

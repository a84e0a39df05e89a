"""What is shown if no window can open: every backend's answers about the bundled samples, in the terminal."""

from collections.abc import Sequence
from statistics import median

from mnist_bench.base import words
from mnist_bench.cli import common
from mnist_bench.cli.classify import TIMES_EXPLAINED, Answer, ask
from mnist_bench.cli.common import ExitStatus, Failure, OpenEngine
from mnist_bench.cli.tables import table
from mnist_bench.digits.pictures import DigitImage
from mnist_bench.digits.samples import bundled_samples
from mnist_bench.engines.backends import default_backends
from mnist_bench.network.bundled import DEFAULT_MODEL, load_network


def compare() -> int:
    """Classify the bundled samples with every backend of this computer; the exit status.

    Raises:
        InputError: the bundled model or samples cannot be read.
    """
    samples = bundled_samples()
    common.say(f"No display, so no window: here is what {DEFAULT_MODEL} makes of the bundled samples.")
    with common.open_engines(default_backends(), load_network(DEFAULT_MODEL)) as engines:
        columns = [[ask(opened, sample) for sample in samples] for opened in engines]
    titles = ["sample", *(opened.backend.title for opened in engines)]
    common.show_lines(
        table(titles, [[sample.name, *map(_cell, answers)] for sample, *answers in zip(samples, *columns, strict=True)])
    )
    common.show("")
    for opened, answers in zip(engines, columns, strict=True):
        common.show(_summary(opened, samples, answers))
    common.show(TIMES_EXPLAINED)
    return (
        ExitStatus.OK
        if any(isinstance(answer, Answer) for answers in columns for answer in answers)
        else ExitStatus.FAILED
    )


def _cell(answer: Answer | Failure) -> str:
    if isinstance(answer, Failure):
        return "-"
    probability, compute = words.probability(max(answer.probabilities)), words.duration(answer.compute_us * 1000)
    return f"{answer.digit}  {probability:>7}  {compute:>7}"


def _summary(opened: OpenEngine, samples: Sequence[DigitImage], answers: Sequence[Answer | Failure]) -> str:
    good = [answer for answer in answers if isinstance(answer, Answer)]
    if not good:
        first = next((answer.error for answer in answers if isinstance(answer, Failure)), "no samples")
        return f"{opened.backend.title}: {first}"
    right = sum(
        isinstance(answer, Answer) and answer.digit == sample.label
        for sample, answer in zip(samples, answers, strict=True)
    )
    return (
        f"{opened.backend.title}: {right} of {len(samples)} right, "
        f"median compute {words.duration(1000 * median(answer.compute_us for answer in good))}, "
        f"round trip {words.duration(1000 * median(answer.round_trip_us for answer in good))}"
    )

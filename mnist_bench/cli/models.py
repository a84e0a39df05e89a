"""What the commands do with `--model`: open it, and say what was found in another program's file."""

from mnist_bench.base.text import printable
from mnist_bench.cli.common import say
from mnist_bench.engines.models import ImportReport, OpenedModel, open_model

_CHANCE = 0.2


def open_and_tell(name_or_path: str) -> OpenedModel:
    """The model, after lines on standard error about what was found if another program wrote its file."""
    opened = open_model(name_or_path)
    if opened.report is not None:
        say("\n".join((printable(f"{name_or_path}: {opened.report.format}"), *found_lines(opened.report))))
    return opened


def near_chance(right: int, digits: int) -> str:
    """A warning where a network reads hardly more digits than by chance; empty otherwise."""
    if not digits or right > _CHANCE * digits:  # 0: it could not be tried
        return ""
    return (
        f"The network reads {right:,} of {digits:,} digits, hardly more than by chance. Its input is pixel / 255: was "
        "it trained on another? `mnist-bench import FILE --normalise NAME` scales the input."
    )


def found_lines(report: ImportReport) -> tuple[str, ...]:
    """What an import found, a line each: what was guessed, the normalisation, int8, and notes."""
    lines = (
        *(f"guessed: {guess}" for guess in report.guessed),
        f"input: {report.normalisation_sentence}",
        f"int8: {report.calibration}",
        *(f"note: {note}" for note in report.notes),
    )
    return tuple(printable(f"  {line}") for line in lines)

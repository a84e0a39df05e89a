"""`mnist-bench classify`: each backend's answers about pictures and drawings."""

import argparse
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from mnist_bench.base import words
from mnist_bench.base.errors import InputError, MnistBenchError
from mnist_bench.base.text import printable
from mnist_bench.cli import common
from mnist_bench.cli.common import ExitStatus, Failure, OpenEngine
from mnist_bench.cli.models import open_and_tell
from mnist_bench.cli.progress import ProgressBar
from mnist_bench.cli.tables import table
from mnist_bench.digits.picture_view import PictureView
from mnist_bench.digits.pictures import DigitImage, load_digit
from mnist_bench.engines.engine import InferenceEngine
from mnist_bench.protocol.loading import LoadResult

_DETAILS = """\
examples:
  mnist-bench classify seven.png my-drawing.json
  mnist-bench classify --json --model digits-mlp --backend torch-fp32 --backend qnnpack-int8:torchscript *.png

of a picture with several digits the largest is read; --json has the box of each in "digits", in pixels of the
picture, and which was "read"

exit status: 1 if a file could not be read or no backend answered; a backend that cannot run here is
reported beside the others"""

TIMES_EXPLAINED = (
    "compute: inside the backend's own process, from pixels to logits; "
    "round trip: from the request to its answer, transport included"
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a backend made of one digit image: ten probabilities and logits, times in µs."""

    backend: str
    digit: int
    probabilities: list[float]
    logits: list[float]
    compute_us: float
    round_trip_us: float


@dataclass(frozen=True, slots=True)
class FileAnswers:
    """The answers about one file, one for each backend; or the error that kept it from being read.

    Attributes:
        view: of a picture, the digits that were seen in it, and which of them was read.
        remark: a sentence about a picture of several digits.
    """

    file: str
    answers: Sequence[Answer | Failure] | None = None
    error: str | None = None
    view: PictureView | None = None
    remark: str = ""


def add_parser(commands: Any) -> argparse.ArgumentParser:
    """Add the command to the command line."""
    parser = common.add_command(commands, "classify", "classify pictures and drawings with every backend", _DETAILS)
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="a picture or a saved drawing")
    common.add_model_option(parser)
    common.add_backend_options(parser)
    common.add_json_option(parser)
    return parser


def run(options: argparse.Namespace) -> int:
    """Run the command; its exit status."""
    backends = common.chosen_backends(options)
    network = open_and_tell(options.model).network
    # Read before anything is started: if no file is good, the backends are not needed.
    digits = [_load(path) for path in options.files]
    usable = any(isinstance(digit, DigitImage) for digit in digits)
    with common.open_engines(backends if usable else (), network) as engines:
        results = []
        with ProgressBar() as bar:
            for done, (path, digit) in enumerate(zip(options.files, digits, strict=True)):
                bar.show(done, len(digits), path.name)
                results.append(classify_file(str(path), digit, engines))
        running = [one.engine for one in engines if isinstance(one.engine, InferenceEngine) and one.engine.is_running]
        sizes = [f"{engine.backend.id}: {sizes_text(engine.loaded)}" for engine in running]
    if options.json:
        common.print_json({"model": options.model, "results": [_as_json(result) for result in results]})
    else:
        for result in results:
            if result.answers is not None:
                common.show_lines(f"{_as_text(result)}\n")
        if usable:
            common.show_lines("\n".join((*sizes, TIMES_EXPLAINED)))
    for result in results:
        if result.error is not None:
            common.complain(result.error)
    return exit_status(results)


def sizes_text(loaded: LoadResult) -> str:
    """What the network and its runner occupy; a runner whose system does not tell its memory says 0."""
    peak = loaded.peak_memory_bytes
    return f"network {words.size(loaded.network_bytes)}" + (
        f", runner's peak memory {words.size(peak)}" if peak else ""
    )


def _load(path: Path) -> DigitImage | InputError:
    try:
        return load_digit(path)
    except InputError as error:
        return error


def classify_file(file: str, digit: DigitImage | InputError, engines: Sequence[OpenEngine]) -> FileAnswers:
    """Ask every engine about one digit image, one after the other, so that none slows another down."""
    if isinstance(digit, InputError):
        return FileAnswers(file, error=str(digit))
    answers = [ask(opened, digit) for opened in engines]
    return FileAnswers(file, answers, view=digit.view, remark=digit.remark)


def ask(opened: OpenEngine, digit: DigitImage) -> Answer | Failure:
    """One backend's answer about one digit image, or why there is none."""
    if isinstance(opened.engine, MnistBenchError):
        return Failure(opened.backend.id, str(opened.engine))
    try:
        if not opened.engine.is_running:
            opened.engine.restart()
        answer = opened.engine.classify(digit.pixels[None])
    except MnistBenchError as error:
        return Failure(opened.backend.id, str(error))
    return Answer(
        backend=opened.backend.id,
        digit=int(answer.digits[0]),
        probabilities=answer.probabilities[0].tolist(),
        logits=answer.logits[0].tolist(),
        compute_us=answer.timings[0].compute_ns / 1000,
        round_trip_us=answer.timings[0].round_trip_ns / 1000,
    )


def exit_status(results: Sequence[FileAnswers]) -> ExitStatus:
    """Failed if a file could not be read, or if no backend answered about it."""
    answered = all(any(isinstance(answer, Answer) for answer in result.answers or ()) for result in results)
    return ExitStatus.OK if answered else ExitStatus.FAILED


def _as_json(result: FileAnswers) -> dict[str, object]:
    if result.answers is None:
        return {"file": result.file, "error": result.error}
    told: dict[str, object] = {"file": result.file, "answers": [asdict(answer) for answer in result.answers]}
    if result.view is not None:
        boxes = (box.scaled(result.view.scale) for box in result.view.digits)
        told["digits"] = [{**asdict(box), "read": at == result.view.picked} for at, box in enumerate(boxes)]
    return told


def _as_text(result: FileAnswers) -> str:
    answers = [answer for answer in result.answers or () if isinstance(answer, Answer)]
    failures = [answer for answer in result.answers or () if isinstance(answer, Failure)]
    rows = [
        (
            answer.backend,
            str(answer.digit),
            words.probability(max(answer.probabilities)),
            words.duration(answer.compute_us * 1000),
            words.duration(answer.round_trip_us * 1000),
        )
        for answer in answers
    ]
    titles = ("backend", "digit", "probability", "compute", "round trip")
    lines = [printable(result.file)]
    if result.remark:
        lines.append(f"  {result.remark}")
    if rows:
        lines.append(table(titles, rows, numbers=(1, 2, 3, 4), indent="  "))
    lines += [printable(f"  {failure.backend}: {failure.error}") for failure in failures]
    return "\n".join(lines)

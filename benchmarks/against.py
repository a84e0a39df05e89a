"""This checkout's backends against another checkout's, in turn: `python -m benchmarks.against OTHER [--rounds N]`.

Each has a process of its own, with that checkout's program and its own encoding of the bundled networks; blocks of one
image's inferences alternate, and the figure is the median of the rounds' ratios. It shows whether a change made a
backend slower, or its runner larger.
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median

from benchmarks.interleaved import run_rounds

_HERE = Path(__file__).resolve().parents[1]
_CHILD = Path(__file__).with_name("against_child.py")
_BACKENDS = ("native-fp32", "native-int8", "torch-fp32", "qnnpack-int8")
_MODELS = ("digits-cnn", "digits-mlp")
_ROUNDS = 40

Ask = Callable[[], dict[str, float]]


@contextmanager
def _measuring(checkout: Path, backend: str, model: str) -> Iterator[Ask]:
    """Asks a process of that checkout for one block: its median in ns, and the runner's peak memory."""
    command = (sys.executable, "-P", str(_CHILD), backend, model)
    environment = {**os.environ, "PYTHONPATH": str(checkout)}
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment, cwd=checkout
    ) as process:
        given, answers = process.stdin, process.stdout
        assert given is not None and answers is not None  # noqa: PT018 - PIPE was asked for

        def ask() -> dict[str, float]:
            given.write("\n")
            given.flush()
            answer: dict[str, float] = json.loads(answers.readline())
            return answer

        yield ask
        given.close()


def _compare(other: Path, backend: str, model: str, rounds: int) -> str:
    with ExitStack() as stack:
        asks = [stack.enter_context(_measuring(checkout, backend, model)) for checkout in (_HERE, other)]
        timed = run_rounds([lambda ask=ask: ask()["median_ns"] for ask in asks], rounds)  # type: ignore[misc]
        peaks = [ask()["peak_bytes"] for ask in asks]
    ratios = timed.ratios(0, 1)
    low, high = ratios[len(ratios) // 10], ratios[-1 - len(ratios) // 10]
    return (
        f"{model:10} {backend:13} {median(ratios):.3f} x ({low:.3f} to {high:.3f} in 80 % of {rounds} rounds), "
        f"{timed.median_us(0):.1f} and {timed.median_us(1):.1f} µs; peak memory {peaks[0] / peaks[1]:.3f} x"
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Print a line for each bundled network and backend."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.against", description=__doc__)
    parser.add_argument("other", type=Path, help="another checkout of this program, with its programs built")
    parser.add_argument("--rounds", type=int, default=_ROUNDS)
    options = parser.parse_args(arguments)
    for model in _MODELS:
        for backend in _BACKENDS:
            print(_compare(options.other.resolve(), backend, model, options.rounds), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Fuzzes the native runner for a time and tells cases and coverage; status 1 and the sanitizer's words at a finding."""

import argparse
import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tools import environment
from tools.fuzz import arm64
from tools.fuzz.building import FuzzError, build
from tools.fuzz.seeds import write_seeds

SECONDS = 1800
_LONGEST_INPUT = 20_000
_CASE_SECONDS = 5
_GRACE_SECONDS = 300  # to read the corpus, and for a last case
_FINDINGS = ("==ERROR", "runtime error:", "ERROR: libFuzzer")
_SURROUNDINGS = {
    # 64 MB is less than a frame may say that it holds: the runner meets a malloc that fails.
    "ASAN_OPTIONS": "max_allocation_size_mb=64:allocator_may_return_null=1:detect_leaks=1",
    "UBSAN_OPTIONS": "print_stacktrace=1",
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one process of the fuzzer did: cases, edges covered of all edges, and its last words where it found one."""

    cases: int
    edges: int
    of_edges: int
    finding: str


def main(arguments: Sequence[str] | None = None) -> int:
    """Fuzz as `arguments` say; the exit status."""
    options = _parse(arguments)
    folder = environment.ROOT / "build" / "fuzz"
    corpus, findings = options.corpus or folder / "corpus", folder / "findings"
    try:
        for needed in (corpus, findings):
            needed.mkdir(parents=True, exist_ok=True)
        program = build(folder)
        if options.repeat is not None:
            return subprocess.call([program, options.repeat], env={**os.environ, **_SURROUNDINGS})
        print(
            f"{write_seeds(corpus)} sessions to start from, {options.seconds} s, {options.jobs} processes", flush=True
        )
        outcomes = fuzz(program, corpus, findings, options.seconds, options.jobs, options.kernels)
        if tell(outcomes, findings):
            return 1
        return 0 if options.kernels else _repeat_on_arm64(folder, corpus, findings)
    except FuzzError as error:
        sys.stderr.write(f"mnist-bench: {error}\n")
        return 1
    finally:
        if options.corpus is None:
            shutil.rmtree(corpus, ignore_errors=True)


def _repeat_on_arm64(folder: Path, corpus: Path, findings: Path) -> int:
    """What was found to be of interest, with arm64's kernels; 1 where that is a finding."""
    if (reason := arm64.absent()) is not None:
        print(f"not repeated with arm64's kernels. {reason}")
        return 0
    inputs = sorted(corpus.iterdir())
    runs, finding = arm64.repeat_all(arm64.build_guarded(folder), inputs)
    print(f"arm64, under QEMU: {len(inputs):,} inputs, {runs:,} runs, {finding or 'no finding'}")
    if finding:
        for path in inputs:
            if str(path) in finding:
                shutil.copy(path, findings)
    return int(bool(finding))


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    seconds = int(os.environ.get("FUZZ_SECONDS", SECONDS))
    parser = argparse.ArgumentParser(prog="python -m tools.fuzz", description="Fuzz the native runner's session.")
    parser.add_argument("--seconds", type=int, default=seconds, help=f"default: $FUZZ_SECONDS, else {SECONDS}")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="processes (default: one for each core)")
    parser.add_argument("--kernels", metavar="SET", help="these alone (default: all take turns, then arm64's)")
    parser.add_argument("--corpus", type=Path, metavar="DIR", help="keep inputs of interest there (default: nowhere)")
    parser.add_argument(
        "--repeat", type=Path, metavar="FILE", help="run this one input, such as a finding, and no more"
    )
    return parser.parse_args(arguments)


def fuzz(
    program: Path, corpus: Path, findings: Path, seconds: int, jobs: int, kernels: str | None = None
) -> list[Outcome]:
    """Run `jobs` processes on one corpus; all end at the first finding. `kernels` is the one set that they run.

    Raises:
        FuzzError: one ended otherwise than by its own clock or by a finding.
    """
    command = [
        *(str(program), str(corpus), f"-max_total_time={seconds}", f"-max_len={_LONGEST_INPUT}", "-reload=10"),
        *(f"-timeout={_CASE_SECONDS}", "-rss_limit_mb=2048", "-print_final_stats=1", f"-artifact_prefix={findings}/"),
    ]
    logs = [program.with_name(f"log-{job}.txt") for job in range(jobs)]
    surroundings = {**os.environ, **_SURROUNDINGS, **({"MNIST_BENCH_FUZZ_KERNELS": kernels} if kernels else {})}
    processes = []
    for log in logs:
        with log.open("wb") as file:
            processes.append(subprocess.Popen(command, stdout=file, stderr=file, env=surroundings))
    deadline = time.monotonic() + seconds + _GRACE_SECONDS
    try:
        while any(process.poll() is None for process in processes) and time.monotonic() < deadline:
            if any(process.returncode for process in processes):
                break
            _wait_a_second(processes)
    finally:
        for process in processes:
            process.kill()
            process.wait()
    told = (log.read_text(errors="replace") for log in logs)
    return [outcome(log, process.returncode) for log, process in zip(told, processes, strict=True)]


def _wait_a_second(processes: Sequence[subprocess.Popen[bytes]]) -> None:
    running = next((process for process in processes if process.poll() is None), None)
    if running is not None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            running.wait(1)


def outcome(log: str, status: int) -> Outcome:
    """What a process did that wrote `log` and ended with `status`; FuzzError where it never began."""
    total = re.search(r"\((\d+) inline 8-bit counters\)", log)
    if total is None:
        raise FuzzError(f"The fuzzer did not start:\n{log[-2000:]}")
    covered = re.findall(r"^#(\d+)\s.*?cov: (\d+)", log, re.MULTILINE) or [("0", "0")]
    executed = re.search(r"number_of_executed_units:\s*(\d+)", log)
    cases = int(executed[1]) if executed else int(covered[-1][0])
    finding = ""
    if status not in (0, -signal.SIGKILL):  # killed: another process has found something
        at = min((log.find(word) for word in _FINDINGS if word in log), default=max(len(log) - 3000, 0))
        finding = log[at : at + 6000]
    return Outcome(cases, int(covered[-1][1]), int(total[1]), finding)


def tell(outcomes: Sequence[Outcome], findings: Path) -> int:
    """Print what was found; 1 if anything was."""
    cases, edges = sum(outcome.cases for outcome in outcomes), max(outcome.edges for outcome in outcomes)
    print(f"{cases:,} cases, {edges:,} of {outcomes[0].of_edges:,} edges covered")
    found = [outcome.finding for outcome in outcomes if outcome.finding]
    for words in found:
        print(f"\n{words}\n\nThe input lies in {findings}; run it again with: python -m tools.fuzz --repeat FILE")
    if not found:
        print("no finding")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())

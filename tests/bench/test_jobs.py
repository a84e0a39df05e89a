"""Jobs: what is made of a child process's lines, its end, and its being stopped."""

import os
import signal
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from mnist_bench.base.errors import Cancelled
from mnist_bench.base.progress import Progress
from mnist_bench.bench.jobs import Job, JobFailed

PROGRESS = """{"event": "progress", "done": 1, "total": 4, "message": "Reading"}
{"event": "progress", "done": 3, "total": 4, "message": "Training"}"""
DONE = '{"event": "done", "file": "out", "accuracy": 0.5}'
WAIT = """
import sys
print('{"event": "progress", "done": 0, "total": 1, "message": "Waiting"}', flush=True)
sys.stdin.read()
"""

Make = Callable[..., Job]


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Make:
    """A job of a program of the test's own."""
    (tmp_path / "programs").mkdir()
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))

    def job(program: str, *options: str, stop_seconds: float = 20) -> Job:
        (tmp_path / "programs" / "task.py").write_text(program)
        return Job("task", options, package="programs", stop_seconds=stop_seconds)

    return job


def printing(*lines: str, status: int = 0) -> str:
    return f"import sys\nprint({chr(10).join(lines)!r})\nsys.exit({status})\n"


def what_a_cancel_raises(job: Job) -> BaseException | None:
    """Cancel it once it has told of its progress; what `run` raises then."""
    waiting = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(job.run, lambda _: waiting.set())
        assert waiting.wait(20)
        job.cancel()
        return running.exception(20)


def test_progress_is_told_and_the_figures_are_returned(make: Make) -> None:
    moved: list[Progress] = []
    assert make(printing(PROGRESS, DONE)).run(moved.append) == {"file": "out", "accuracy": 0.5}
    assert moved == [Progress("Reading", 1, 4), Progress("Training", 3, 4)]


def test_a_job_is_given_its_options_and_finds_this_package(make: Make) -> None:
    program = """
import json, sys
from mnist_bench.version import VERSION
print(json.dumps({"event": "done", "options": sys.argv[1:], "version": VERSION}))
"""
    assert make(program, "--out", "a b").run()["options"] == ["--out", "a b"]


def test_a_failure_is_told_in_the_jobs_own_words(make: Make) -> None:
    error = '{"event": "error", "message": "There is no file x.", "advice": "Check its name."}'
    with pytest.raises(JobFailed) as caught:
        make(printing(PROGRESS, error, status=1)).run()
    assert (caught.value.message, caught.value.advice) == ("There is no file x.", "Check its name.")


@pytest.mark.parametrize(
    ("program", "sentence"),
    [
        ("raise ValueError('no such layer')", "ended with status 1; its last output: ValueError: no such layer."),
        ("import sys; sys.exit(3)", "ended with status 3; its last output: nothing."),
        (
            "import os; os.kill(os.getpid(), 9)",
            "was killed by signal 9 (Killed), as a system does that runs",
        ),
        (printing(PROGRESS), "ended with status 0; its last output: nothing."),
        (printing(DONE, status=1), "ended with status 1"),
    ],
)
def test_a_crash_is_told_with_its_last_words(make: Make, program: str, sentence: str) -> None:
    with pytest.raises(JobFailed) as caught:
        make(program).run()
    assert sentence in str(caught.value)


@pytest.mark.parametrize(
    "garbage",
    [
        "Downloading: 50%",
        "",
        "[1, 2]",
        "null",
        '{"event": "progress"}',
        '{"event": "progress", "done": "1", "total": 4, "message": "x"}',
        '{"event": "error"}',
        '{"event": "party", "message": "x"}',
        '{"message": "no event"}',
        '{"event": "done"',
        "[" * 100_000,
        "9" * 5000,
        "\udcff\udcfe",
    ],
)
def test_lines_that_are_no_events_are_passed_over(make: Make, garbage: str) -> None:
    program = f"import sys\nsys.stdout.buffer.write({garbage.encode(errors='surrogateescape')!r})\nprint()\n"
    moved: list[Progress] = []
    assert make(program + printing(PROGRESS, DONE)).run(moved.append)["file"] == "out"
    assert len(moved) == 2


def test_megabytes_of_words_do_not_stop_a_job(make: Make) -> None:
    program = "import sys\nsys.stderr.write('words ' * 300_000 + chr(10))\n" + printing(DONE)
    assert make(program).run()["file"] == "out"


def test_a_cancel_closes_its_input_and_waits_for_it_to_end(make: Make) -> None:
    job = make(
        WAIT
        + """print('{"event": "error", "message": "Stopped.", "advice": "Go on with --resume.", "cancelled": true}')"""
    )
    caught = what_a_cancel_raises(job)
    assert isinstance(caught, Cancelled)
    assert caught.advice == "Stopped. Go on with --resume."


def test_what_fails_after_a_cancel_is_told_all_the_same(make: Make) -> None:
    job = make(
        WAIT + """print('{"event": "error", "message": "The disk is full.", "advice": "", "cancelled": false}')"""
    )
    caught = what_a_cancel_raises(job)
    assert isinstance(caught, JobFailed)
    assert caught.message == "The disk is full."


def test_a_job_that_was_done_before_it_was_cancelled_is_done(make: Make) -> None:
    job = make(WAIT + printing(DONE))
    assert job.run(lambda _: job.cancel())["file"] == "out"


def test_a_cancel_before_it_runs_ends_it_at_once(make: Make) -> None:
    job = make(WAIT)
    job.cancel()
    with pytest.raises(Cancelled):
        job.run()


def test_a_job_that_will_not_stop_is_ended(make: Make) -> None:
    job = make(WAIT + "import signal\nwhile True: signal.pause()", stop_seconds=0.2)
    with pytest.raises(Cancelled):
        job.run(lambda _: job.cancel())


def test_a_failure_of_who_listens_ends_the_job(make: Make) -> None:
    def fail(_progress: Progress) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make(WAIT).run(fail)


@pytest.mark.skipif(sys.platform == "win32", reason="nobody can stop a process on Windows")
def test_a_job_that_somebody_stopped_says_so_and_ends_when_it_is_cancelled(make: Make) -> None:
    whoami = """import json, os
print(json.dumps({"event": "estimate", "message": str(os.getpid())}), flush=True)
"""
    job = make(whoami + WAIT + printing(DONE))
    moved: list[str] = []
    told = threading.Event()
    pid: Future[int] = Future()

    def hear(progress: Progress) -> None:
        moved.append(progress.title)
        if "stopped" in progress.title:
            told.set()

    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(job.run, hear, lambda said: pid.set_result(int(said)))
        os.kill(pid.result(20), signal.SIGSTOP)
        assert told.wait(10)
        assert str(pid.result()) in moved[-1], "which process it is"
        job.cancel()
        assert running.result(10) == {"file": "out", "accuracy": 0.5}, "what it had is not lost"


@pytest.mark.skipif(sys.platform == "win32", reason="nobody can stop a process on Windows")
def test_a_job_that_is_stopped_again_and_again_is_ended_soon(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mnist_bench.bench.jobs._RESUMED_SECONDS", 0.1)
    stopping = "import os, signal\nwhile True: os.kill(os.getpid(), signal.SIGSTOP)"
    job = make(stopping)
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(job.run, lambda _stopped: job.cancel())
        assert isinstance(running.exception(10), Cancelled)

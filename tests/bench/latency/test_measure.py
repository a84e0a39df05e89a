"""The schedule of a measurement, told by scripted engines: fresh processes, blocks in random order, what is kept."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from mnist_bench.base.errors import Cancelled, InputError
from mnist_bench.bench.latency.bare_loop import SAMPLES
from mnist_bench.bench.latency.comparison import Nanoseconds
from mnist_bench.bench.latency.measure import Measurement
from mnist_bench.bench.latency.settings import Scenario, Settings
from mnist_bench.devices.this_computer import SubprocessTransport
from mnist_bench.engines.errors import RunnerDied
from mnist_bench.network.bundled import load_network
from tests.backends import NATIVE_FP32, NATIVE_INT8
from tests.bench.latency.scripted import LOAD_NS, TRANSPORT_NS, ScriptedBench

IMAGES = np.zeros((3, 28, 28), np.uint8)
SETTINGS = Settings(processes=3, blocks=4, runs=60, warm_up_runs=30)
BOTH = (NATIVE_FP32, NATIVE_INT8)


def measurement(bench: ScriptedBench, settings: Settings = SETTINGS) -> Measurement:
    return Measurement(
        BOTH,
        load_network("digits-mlp"),
        IMAGES,
        settings,
        make_engine=bench,
        clock=bench.clock,
        bare_loop=bench.bare_loop,
    )


def test_every_process_is_fresh_and_every_block_has_its_samples() -> None:
    bench = ScriptedBench(native_fp32=lambda process, _: 1000 * (process + 1))
    comparison = measurement(bench).run()
    assert comparison.complete
    assert comparison.baseline == "native-fp32"
    for run in comparison.runs:
        assert [(block.process, block.number) for block in run.blocks] == [(p, b) for p in range(3) for b in range(4)]
        assert all(len(block.compute_ns) == 5 for block in run.blocks), "60 runs in 12 blocks"
    fp32 = comparison.runs[0]
    assert [set(block.compute_ns.tolist()) for block in fp32.blocks] == [{1000}] * 4 + [{2000}] * 4 + [{3000}] * 4
    assert (fp32.round_trip_ns - fp32.compute_ns == TRANSPORT_NS).all()
    assert fp32.runner.facts == {"runner": "scripted 1", "kernels": "none"}
    assert fp32.peak_memory_bytes == 2_000_000
    assert bench.open == 0, "each was closed"


def test_the_blocks_of_the_backends_alternate_in_random_order() -> None:
    bench = ScriptedBench()
    comparison = measurement(bench, replace(SETTINGS, processes=4, blocks=10, runs=None)).run()
    order = sorted((block.started_s, run.backend) for run in comparison.runs for block in run.blocks)
    pairs = [(order[place][1], order[place + 1][1]) for place in range(0, len(order), 2)]
    assert all(set(pair) == {"native-fp32", "native-int8"} for pair in pairs), "each has its block before the next one"
    assert 5 < Counter(pair[0] for pair in pairs)["native-fp32"] < 35, "neither is always first"
    again = measurement(ScriptedBench(), replace(SETTINGS, processes=4, blocks=10, runs=None)).run()
    assert sorted((block.started_s, run.backend) for run in again.runs for block in run.blocks) == order, "by the seed"


def test_a_bare_loop_runs_behind_each_round_when_no_backend_does() -> None:
    bench = ScriptedBench()
    running: list[int] = []

    def bare_loop() -> Nanoseconds:
        running.append(bench.open)
        return np.array([len(running), 300_000])

    network, clock = load_network("digits-mlp"), bench.clock
    made = Measurement(BOTH, network, IMAGES, SETTINGS, make_engine=bench, clock=clock, bare_loop=bare_loop).run()
    assert made.conditions.bare_loop_ns == (1, 300_000, 2, 300_000, 3, 300_000)
    assert running == [0, 0, 0]


def test_how_a_process_became_ready_is_kept_apart() -> None:
    bench = ScriptedBench(native_fp32=lambda _, number: 900_000 if number == 0 else 100_000)
    start = measurement(bench).run().runs[0].starts[0]
    assert (start.load_ns, start.first_ns, start.steady) == (LOAD_NS, 900_000, True)
    assert start.warm_up_ns.tolist() == [100_000] * 30


@pytest.mark.parametrize(
    ("scenario", "asked"),
    [
        (Scenario.SINGLE_STREAM, ["classify 1"] * 8),
        (Scenario.HOT_LOOP, ["time 0 10", "time 0 5"]),
        (Scenario.LIVE, ["classify 1"] * 5),
    ],
)
def test_what_a_block_asks(scenario: Scenario, asked: list[str]) -> None:
    bench = ScriptedBench()
    measurement(bench, Settings(scenario, processes=1, blocks=1, runs=5, warm_up_runs=0)).run()
    whole = [what for name, _, what in bench.log if name == "native-int8"]
    assert whole == ["start", "load digits-mlp", "classify 1", *asked, "close"], "uncounted ones come first"


def test_offline_measures_each_batch_size() -> None:
    bench = ScriptedBench(native_int8=lambda *_: 1000)
    settings = Settings(Scenario.OFFLINE, processes=2, blocks=2, runs=8, batches=(1, 100))
    runs = measurement(bench, settings).run().runs
    assert [(run.backend, run.batch) for run in runs] == [
        ("native-fp32", 1),
        ("native-fp32", 100),
        ("native-int8", 1),
        ("native-int8", 100),
    ]
    assert runs[3].compute_ns.tolist() == [100_000] * 8
    assert runs[3].images_per_second == pytest.approx(1e9 * 100 / (100_000 + TRANSPORT_NS))


def test_a_block_by_time_ends_with_its_time() -> None:
    bench = ScriptedBench(native_fp32=lambda *_: 995_000)
    settings = Settings(processes=1, blocks=2, seconds=0.0195, warm_up_runs=0)
    assert len(measurement(bench, settings).run().runs[0].compute_ns) == 20, "9.75 ms a block, 1 ms a request"


def test_live_asks_every_16_ms() -> None:
    bench = ScriptedBench()
    measurement(bench, Settings(Scenario.LIVE, processes=1, blocks=1, runs=3, warm_up_runs=0)).run()
    rest = 0.016 - 0.000105
    assert bench.clock.slept == [0.016, pytest.approx(rest), pytest.approx(rest)] * 2, "before the first as well"


def test_a_cool_down_comes_before_each_process() -> None:
    bench = ScriptedBench()
    measurement(bench, replace(SETTINGS, cool_down_s=1.0)).run()
    turns_of_others = 2 * 3 * 4 * 0.006
    assert sum(bench.clock.slept) == pytest.approx(3.0 + turns_of_others)


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (RunnerDied("It died."), "It died."),
        (ValueError("odd\nbytes"), "It could not be measured: odd bytes."),
        (RuntimeError("std::bad_alloc"), "It could not be measured: There isn't enough memory."),
        (RuntimeError("can't start new thread"), "It could not be measured: The system starts no more threads."),
    ],
)
def test_a_backend_that_fails_keeps_what_it_has_and_holds_nobody_up(error: Exception, says: str) -> None:
    bench = ScriptedBench()
    bench.failing["native-int8"] = (45, error)
    fp32, int8 = measurement(bench).run().runs
    assert len(fp32.compute_ns) == 60
    assert len(int8.compute_ns) == 5
    assert int8.failure.startswith(says)
    assert bench.open == 0


def test_where_all_fail_their_sentences_are_told() -> None:
    bench = ScriptedBench()
    for name in ("native-fp32", "native-int8"):
        bench.failing[name] = (0, RunnerDied(f"{name} died."))
    with pytest.raises(InputError, match=r"native-fp32 died\..*native-int8 died\."):
        measurement(bench, replace(SETTINGS, cool_down_s=30.0)).run()
    assert sum(bench.clock.slept) < 60, "one cool-down: nobody is left to wait for"


def test_a_network_without_int8_fails_for_int8_alone() -> None:
    bench = ScriptedBench()
    plain = replace(load_network("digits-mlp"), activations=None)
    made = Measurement(
        BOTH, plain, IMAGES, SETTINGS, make_engine=bench, clock=bench.clock, bare_loop=bench.bare_loop
    ).run()
    assert len(made.runs[0].compute_ns) == 60
    assert "no int8 parameters" in made.runs[1].failure


def test_cancel_keeps_what_was_measured() -> None:
    bench = ScriptedBench()
    work = measurement(bench)
    bench.when_asked = lambda count: work.cancel() if count == 130 else None
    comparison = work.run()
    assert not comparison.complete
    assert 0 < len(comparison.runs[0].compute_ns) < 60
    assert bench.open == 0


@pytest.mark.parametrize("scenario", [Scenario.LIVE, Scenario.SINGLE_STREAM])
def test_cancel_ends_a_long_block(scenario: Scenario) -> None:
    """It may come between two requests, as it does in Live most of the time: the engine has nothing to end then."""
    bench = ScriptedBench()
    work = measurement(bench, Settings(scenario, processes=1, blocks=1, runs=5000, warm_up_runs=0))
    bench.when_asked = lambda count: work.cancel() if count == 20 else None
    comparison = work.run()
    assert not comparison.complete
    assert 0 < max(len(run.compute_ns) for run in comparison.runs) < 50


def test_cancel_before_there_is_anything_is_told() -> None:
    bench = ScriptedBench()
    work = measurement(bench)
    bench.when_asked = lambda count: work.cancel() if count == 2 else None
    with pytest.raises(Cancelled):
        work.run()


def test_progress_reaches_its_end() -> None:
    steps: list[tuple[int, int]] = []
    bench = ScriptedBench()
    Measurement(
        BOTH,
        load_network("digits-mlp"),
        IMAGES,
        SETTINGS,
        make_engine=bench,
        clock=bench.clock,
        bare_loop=bench.bare_loop,
        on_progress=lambda done, total, _words: steps.append((done, total)),
    ).run()
    assert steps[-1] == (30, 30)
    assert [done for done, _ in steps] == sorted(done for done, _ in steps)


def test_real_runners_are_measured() -> None:
    comparison = Measurement(BOTH, load_network("digits-mlp"), IMAGES, Settings(processes=2, blocks=2, runs=40)).run()
    for run in comparison.runs:
        assert len(run.compute_ns) == 40
        assert (run.round_trip_ns > run.compute_ns).all()
        assert run.runner.facts["runner"].startswith("mnist-bench native")
        assert len(run.starts) == 2
    assert len(comparison.conditions.network_sha256) == 64
    assert len(comparison.conditions.bare_loop_ns) == 2 * SAMPLES
    assert min(comparison.conditions.bare_loop_ns) > 0


@pytest.mark.parametrize(
    ("scenario", "awake"), [(Scenario.SINGLE_STREAM, True), (Scenario.HOT_LOOP, True), (Scenario.LIVE, False)]
)
def test_real_runners_stay_awake_while_they_are_measured_but_not_as_a_pen_moves(
    monkeypatch: pytest.MonkeyPatch, scenario: Scenario, awake: bool
) -> None:
    commands: list[Sequence[str]] = []

    def noted(command: Sequence[str], *, threads: int) -> SubprocessTransport:
        commands.append(command)
        return SubprocessTransport(command, threads=threads)

    monkeypatch.setattr("mnist_bench.devices.this_computer.SubprocessTransport", noted)
    settings = Settings(scenario, processes=1, blocks=1, runs=2, warm_up_runs=0)
    assert Measurement([NATIVE_INT8], load_network("digits-mlp"), IMAGES, settings).run().complete
    assert [("--awake" in command) for command in commands] == [awake]

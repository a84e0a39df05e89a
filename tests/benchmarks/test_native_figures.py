"""What the figures of the native runner are computed from; ExecuTorch is not needed here."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from benchmarks import against, arm64_instructions, native_time, needed
from benchmarks.against_limits import NO_SLOWER, Measure, kernels_before, most_time
from benchmarks.executorch import environment, programs
from benchmarks.figures import NotMeasured, Setup
from benchmarks.instruction_count import instruction_counter, per_inference, runner_instructions
from benchmarks.interleaved import run_rounds
from benchmarks.peer_networks import peer_networks
from mnist_bench.base.locations import runner_program
from mnist_bench.devices.this_computer import this_abi
from mnist_bench.engines.kinds.kind import encode_on_stream
from mnist_bench.network.layers import Conv2d, Linear
from mnist_bench.network.network import PRECISIONS, Precision
from mnist_bench.network.wire import decode_network, encode_network


def test_in_each_round_another_contestant_is_first() -> None:
    order: list[str] = []

    def contestant(name: str, time_ns: float) -> float:
        order.append(name)
        return time_ns

    rounds = run_rounds((lambda: contestant("a", 2000.0), lambda: contestant("b", 4000.0)), 3)
    assert order == ["a", "b", "b", "a", "a", "b"]
    assert rounds.ratios(0, 1) == [0.5, 0.5, 0.5]
    assert rounds.median_us(1) == 4.0


def test_ratios_are_of_the_same_round_and_sorted() -> None:
    times = iter((10.0, 10.0, 30.0, 10.0))  # the second round starts with the second contestant
    rounds = run_rounds((lambda: next(times), lambda: next(times)), 2)
    assert rounds.times_ns == ((10.0, 10.0), (10.0, 30.0))
    assert rounds.ratios(0, 1) == [1 / 3, 1.0]


def test_what_two_runs_have_in_common_cancels() -> None:
    assert per_inference({13: 1_000 + 13 * 7, 3: 1_000 + 3 * 7}) == 7


def test_the_networks_travel_in_both_precisions() -> None:
    for one in peer_networks():
        for precision in PRECISIONS:
            encoded = encode_network(one.network, precision)
            network, found = decode_network(encoded)
            assert (encode_network(network, precision), found) == (encoded, precision)


def test_the_networks_are_those_that_the_limits_are_for() -> None:
    multiply_adds = {one.title: one.network.multiply_adds for one in peer_networks()}
    assert multiply_adds["MLP"] == 784 * 96 + 96 * 256 + 256 * 10
    assert multiply_adds["CNN"] == 26 * 26 * 9 * 32 + 24 * 24 * 9 * 32 * 64 + 9216 * 10
    every = {(title, precision) for title in multiply_adds for precision in PRECISIONS}
    assert every == set(arm64_instructions.MOST) == set(native_time.MOST)


def test_the_exporter_is_given_every_weight(tmp_path: Path) -> None:
    network = peer_networks()[1].network
    programs.save_arrays(network, tmp_path / "network.npz")
    with np.load(tmp_path / "network.npz") as arrays:
        assert arrays["layers"].tolist() == [layer.kind for layer in network.operators]
        for place, layer in enumerate(network.operators):
            if isinstance(layer, Conv2d | Linear):
                assert np.array_equal(arrays[f"{place}.weight"], layer.weight)
                assert np.array_equal(arrays[f"{place}.bias"], layer.bias)


def test_a_missing_program_is_told_with_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(NotMeasured, match=r"no qemu-aarch64 here.*apt-get install qemu-user"):
        needed.needed_program("qemu-aarch64", "qemu-user")


def test_without_a_network_the_figure_says_that_executorch_cannot_be_fetched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(environment, "cache_dir", lambda: tmp_path)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    with pytest.raises(NotMeasured, match=r"pip could not download ExecuTorch.*Is there a network"):
        environment.arm64_sdk()
    assert not any(environment.folder().iterdir())  # the next try starts anew


def test_without_a_program_for_arm64_the_figure_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arm64_instructions, "runner_program", lambda abi: tmp_path / abi)
    with pytest.raises(NotMeasured, match="make runner"):
        next(arm64_instructions.measure(Setup()))


def test_a_new_kernel_set_is_compared_with_what_its_processors_got_before() -> None:
    assert [kernels_before(name) for name in ("avxvnni", "avx2", None)] == ["avx2", "avx2", None]
    assert most_time(Measure.HOT, "digits-cnn", "avxvnni", int8=True) == 0.42
    assert most_time(Measure.HOT, "digits-cnn", "portable", int8=True) == NO_SLOWER


def test_a_side_is_a_checkout_or_a_program_that_has_the_kernels(tmp_path: Path) -> None:
    program = runner_program(str(this_abi()))
    for path in (against.HERE, program):
        assert against.Side.of(path, "portable").command("native-int8") == (str(program), "--kernels", "portable")
    assert against.Side.of(against.HERE, None).command("torch-fp32") == ()
    with pytest.raises(NotMeasured, match="no native runner"):
        against.Side.of(tmp_path, None)
    with pytest.raises(NotMeasured, match="cannot run the kernels"):
        against.Side.of(program, "avx1")


@pytest.mark.parametrize("what", [Measure.HOT, Measure.COLD])
def test_the_slower_of_two_kernel_sets_is_the_slower_side(what: Measure) -> None:
    best, portable = (against.Side.of(against.HERE, kernels) for kernels in (None, "portable"))
    compared = against.compare(best, portable, what, "native-int8", peer_networks()[0], sets=1, rounds=1)
    assert compared.kernels != "portable"
    assert compared.rounds.ratios(0, 1)[0] < 0.9
    assert "peak memory" in compared.detail()


@pytest.mark.qemu
@pytest.mark.slow
def test_instructions_are_counted_and_the_same_each_time() -> None:
    if shutil.which("qemu-aarch64") is None:
        pytest.skip("qemu-aarch64 is missing: sudo apt-get install qemu-user")
    program = (str(runner_program("arm64-v8a")),)
    network = peer_networks()[0].network
    load = encode_on_stream(network, Precision.INT8)
    with instruction_counter() as counter:
        first, second, with_dot_product = (
            runner_instructions(counter, cpu, program, load) for cpu in ("cortex-a53", "cortex-a53", "cortex-a76")
        )
    assert network.multiply_adds / 16 < with_dot_product < first  # one instruction multiplies 16 bytes at most
    assert first == pytest.approx(second, rel=0.01)  # reading a clock takes now more, now fewer


@pytest.mark.qemu
def test_a_program_that_fails_is_not_counted(tmp_path: Path) -> None:
    if shutil.which("qemu-aarch64") is None:
        pytest.skip("qemu-aarch64 is missing: sudo apt-get install qemu-user")
    with instruction_counter() as counter, pytest.raises(NotMeasured, match="ended with status"):
        counter.count("cortex-a53", (str(tmp_path / "no-program"),))

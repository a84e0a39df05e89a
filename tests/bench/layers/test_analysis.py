"""The analysis over scripted engines, by the figure; and over real ones."""

import math
import threading
from itertools import pairwise

import numpy as np
import pytest

from mnist_bench import open_engine
from mnist_bench.base.errors import Cancelled, InputError
from mnist_bench.bench.layers.analysis import LayerAnalysis, default_repeats, with_reference
from mnist_bench.bench.layers.values import LayerComparison
from mnist_bench.engines.backends import find_backend
from mnist_bench.engines.errors import EngineError, RunnerDied
from tests.bench.layers.scripted import ScriptedEngine, pictures
from tests.networks import tiny_network


def analysed(*engines: ScriptedEngine, images: tuple[int, ...] = (7,), repeats: int = 3) -> LayerComparison:
    return LayerAnalysis(engines, tiny_network(), pictures(*images), repeats).run()


def test_the_first_ten_traces_are_warm_up_and_the_rest_is_counted() -> None:
    (layers,) = analysed(ScriptedEngine("torch-fp32")).backends
    assert (layers.traces, layers.whole_ns) == (3, 5_000)
    pool, flatten, linear = layers.entries  # of the traces 11, 12 and 13
    assert (pool.compute_ns, flatten.compute_ns, linear.compute_ns) == (1200, 10, 12_000)
    assert (linear.p10_ns, linear.p90_ns) == (11_200, 12_800)
    assert (linear.multiply_adds, pool.multiply_adds) == (10, 0)
    assert linear.share == pytest.approx(12_000 / 13_210)
    assert (pool.output_shape, linear.output_shape) == ((1, 1, 1), (10,))
    assert layers.sum_to_whole == pytest.approx(13_210 / 5_000)


def test_backends_take_turns_image_by_image_and_nobody_always_follows_the_same() -> None:
    asked: list[str] = []
    analysed(
        ScriptedEngine("torch-fp32", asked=asked), ScriptedEngine("native-int8", asked=asked), images=(1, 2), repeats=2
    )
    turns = [asked[0], *(now for before, now in pairwise(asked) if now != before)]
    assert turns == ["torch-fp32 1", "native-int8 1", "native-int8 2", "torch-fp32 2"]


def test_many_repeats_of_one_image_are_split_among_the_turns() -> None:
    asked: list[str] = []
    a, b = ScriptedEngine("torch-fp32", asked=asked), ScriptedEngine("native-int8", asked=asked)
    moved: list[tuple[int, int]] = []
    LayerAnalysis([a, b], tiny_network(), pictures(1), 25).run(lambda done, total: moved.append((done, total)))
    assert moved == [(1, 3), (2, 3), (3, 3)]
    assert a.traces == b.traces == 10 + 25 + 2  # the first warm-up, and one for each later turn


def test_an_engine_is_held_against_the_peak_of_the_native_one_on_its_core() -> None:
    engines = [ScriptedEngine(one) for one in ("torch-fp32", "native-fp32", "qnnpack-int8", "torch-fp32:2")]
    engines[1].per_second = 4_000_000  # the linear layer's 10 multiply-adds would take 2,500 ns
    torch, native, int8, two_threads = analysed(*engines).backends
    assert native.of_peak(10, 12_000) == torch.of_peak(10, 12_000) == pytest.approx(2_500 / 12_000)
    assert native.of_peak(0, 12_000) is None
    assert (int8.peak, two_threads.peak) == (0, 0)


def test_outputs_are_compared_where_both_have_an_entry_that_ends_there() -> None:
    reference = ScriptedEngine("torch-fp32", lambda pixel: [pixel] * 10)
    fused = ScriptedEngine("native-int8", lambda pixel: [pixel + 1] * 10, fused=True)
    found = analysed(reference, fused, images=(3, 4))
    first, second = found.backends
    assert found.reference_id == "torch-fp32"
    assert all(entry.difference is None for entry in first.entries)
    both, linear = second.entries
    assert both.difference is not None
    assert both.difference.is_identical
    assert linear.difference is not None
    assert linear.difference.sqnr_db == pytest.approx(10 * math.log10((9 + 16) / (1 + 1)))
    assert (linear.difference.largest, linear.difference.mean) == (1.0, 1.0)
    assert [segment.label for segment in found.segments] == ["0–1 max_pool2d + flatten", "2 linear"]
    assert first.segment_ns(found.segments[0]) == first.entries[0].compute_ns + first.entries[1].compute_ns


def test_each_image_counts_once_in_the_differences_however_often_it_is_traced() -> None:
    others = (ScriptedEngine("native-int8", lambda pixel: [2 * pixel] * 10) for _ in range(2))
    few, many = (
        analysed(ScriptedEngine("torch-fp32"), other, images=(1, 3), repeats=repeats).backends[1]
        for other, repeats in zip(others, (1, 30), strict=True)
    )
    assert few.entries[-1].difference == many.entries[-1].difference


def test_without_an_fp32_engine_there_is_no_reference() -> None:
    found = analysed(ScriptedEngine("native-int8"))
    assert found.reference_id == ""
    assert found.reference is None


def test_a_trace_of_torchscript_is_said_to_be_the_eager_ones() -> None:
    eager, script = analysed(ScriptedEngine("qnnpack-int8"), ScriptedEngine("qnnpack-int8:torchscript")).backends
    assert (eager.traced_as, eager.compiled_id) == ("", "qnnpack-int8:torchscript")
    assert (script.traced_as, script.compiled_id) == ("qnnpack-int8", "")


def test_a_backend_that_fails_is_named_and_the_others_go_on() -> None:
    lost = ScriptedEngine("native-int8")
    lost.fail_at, lost.error = 12, RunnerDied("It is gone.")
    found = analysed(ScriptedEngine("torch-fp32"), lost, images=(1, 2))
    assert [layers.traces for layers in found.backends] == [6, 1]
    assert found.failures == {"native-int8": "It is gone. Start it again."}
    assert found.images == 2


def test_if_all_fail_it_fails() -> None:
    lost = ScriptedEngine("native-int8")
    lost.fail_at, lost.error = 1, RunnerDied("It is gone.")
    with pytest.raises(RunnerDied):
        analysed(lost)


def test_a_runner_may_not_change_its_layers() -> None:
    odd = ScriptedEngine("torch-fp32")
    odd.rewrite = lambda entries: entries[: 2 if odd.traces == 5 else 3]
    with pytest.raises(EngineError, match="different layers than before"):
        analysed(odd)


def test_cancelling_keeps_what_was_found_so_far() -> None:
    engine = ScriptedEngine("torch-fp32")
    analysis = LayerAnalysis([engine], tiny_network(), pictures(1, 2, 3), 2)

    def cancel(_done: int, _total: int) -> None:
        thread = threading.Thread(target=analysis.cancel)
        thread.start()
        thread.join()

    with pytest.raises(Cancelled):
        analysis.run(cancel)
    assert engine.was_cancelled
    assert (analysis.result().images, analysis.result().backends[0].traces) == (1, 2)


def test_nothing_to_analyse_is_said() -> None:
    with pytest.raises(InputError):
        LayerAnalysis([ScriptedEngine("torch-fp32")], tiny_network(), pictures())
    with pytest.raises(InputError):
        LayerAnalysis([], tiny_network(), pictures(1))


@pytest.mark.parametrize(("images", "repeats"), [(1, 200), (31, 7), (40, 5), (10_000, 5)])
def test_there_are_two_hundred_traces_at_least(images: int, repeats: int) -> None:
    assert default_repeats(images) == repeats


def test_an_fp32_backend_is_added_where_none_is_chosen() -> None:
    int8, native, torch = map(find_backend, ("qnnpack-int8", "native-fp32", "torch-fp32"))
    assert with_reference([int8]) in ((int8, native), (int8, torch))
    assert with_reference([int8, torch]) == (int8, torch)


def test_natives_integers_are_qnnpacks_behind_every_layer() -> None:
    images = np.random.default_rng(4).integers(0, 256, (3, 28, 28), np.uint8)
    ids = ("native-fp32", "native-int8", "qnnpack-int8")
    engines = [open_engine(backend_id, "digits-cnn") for backend_id in ids]
    network = engines[0].network
    assert network is not None
    try:
        found = LayerAnalysis(engines, network, images, 2).run()
    finally:
        for engine in engines:
            engine.close()
    _, native, qnnpack = found.backends
    differences = [native.segment_difference(segment) for segment in found.segments]
    assert differences == [qnnpack.segment_difference(segment) for segment in found.segments]
    assert all(one is not None and 10 < one.sqnr_db < 200 for one in differences)
    assert sum(entry.multiply_adds for entry in native.entries) == network.multiply_adds

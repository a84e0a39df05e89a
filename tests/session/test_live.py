"""What is on the pad goes to every backend, and their answers are compared."""

from dataclasses import replace

import pytest

from mnist_bench.devices import libraries
from mnist_bench.engines.backend import Backend
from mnist_bench.engines.backends import find_backend
from mnist_bench.network.network import Network
from mnist_bench.network.original import Fit, OriginalFile
from mnist_bench.session.backend_state import Agreement, BackendState, Status, overview
from mnist_bench.session.live import Live
from tests.backends import NATIVE_FP16, NATIVE_FP32, NATIVE_INT8, on_phone
from tests.networks import tiny_network
from tests.odd_engines import OddEngines, without_quantization
from tests.session.conftest import MakeLive, Waiting, ask, question, state_of


def digits(live: Live) -> list[int | None]:
    return [None if state.answer is None else state.answer.digit for state in live.backends]


def test_every_backend_answers_what_is_drawn(make_live: MakeLive, wait: Waiting) -> None:
    live = make_live(OddEngines())
    assert ask(live, wait, 7) == "all agree on 7"
    baseline, other = live.backends
    assert baseline.is_baseline
    assert baseline.agreement is None
    assert other.agreement == Agreement(same_digit=True, baseline_digit=7, max_difference=0.0)


def test_nothing_starts_before_there_is_a_network(make_live: MakeLive) -> None:
    live = make_live(OddEngines(), network=False)
    assert [state.status for state in live.backends] == [Status.OFF, Status.OFF]


def test_a_file_as_it_is_can_be_chosen_where_the_network_has_one(
    make_live: MakeLive, monkeypatch: pytest.MonkeyPatch
) -> None:
    fp32, as_it_is = find_backend("torch-fp32"), find_backend("litert-original")
    monkeypatch.setattr("mnist_bench.session.live.all_choices", lambda _threads: (fp32, as_it_is))
    live = make_live(OddEngines())
    assert live.offered(1) == (fp32,)
    file = OriginalFile("tflite", b"file", 1, True, Fit.AS_THEY_ARE, 1.0, 0.0, False)
    live.use_network(replace(tiny_network(), original=file))
    assert live.offered(1) == (fp32, as_it_is)
    live.choose([fp32, as_it_is])
    live.use_network(tiny_network())
    assert live.offered(1) == (fp32, as_it_is), "it can be taken away again"


def test_a_network_that_runs_only_as_it_is_brings_its_backend_and_takes_it_away(
    make_live: MakeLive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Backend, "missing", lambda _self: None)
    live = make_live(OddEngines())
    before = [state.id for state in live.backends]
    file = OriginalFile("tflite", b"file", 1, True, Fit.AS_THEY_ARE, 1.0, 0.0, False)
    live.use_network(Network("as it is", (), original=file))
    assert [state.id for state in live.backends] == [*before, "litert-original"]
    live.use_network(Network("another", (), original=file))
    assert [state.id for state in live.backends] == [*before, "litert-original"]
    live.use_network(tiny_network())
    assert [state.id for state in live.backends] == before
    live.choose([find_backend("litert-original")])
    live.use_network(tiny_network())
    assert [state.id for state in live.backends] == ["litert-original"], "a person chose it"


def test_what_is_chosen_is_offered_though_its_engine_is_gone(
    make_live: MakeLive, monkeypatch: pytest.MonkeyPatch
) -> None:
    fp32, gone, of_two = (find_backend(one) for one in ("torch-fp32", "litert-int8", "litert-int8:2"))
    monkeypatch.setattr("mnist_bench.session.live.all_choices", lambda _threads: (fp32,))
    monkeypatch.setattr(libraries, "look", lambda _name, _abi: None)
    live = make_live(OddEngines())
    live.choose([fp32, gone])
    assert live.offered(1) == (fp32, gone)
    live.toggle(gone, False)
    assert live.offered(1) == (fp32,)
    live.choose([fp32, of_two])
    assert live.offered(1) == (fp32,)
    assert live.offered(2) == (fp32, of_two)


def test_what_a_processor_lacks_is_known_once_a_runner_of_the_kind_has_told_it(
    make_live: MakeLive, wait: Waiting
) -> None:
    live = make_live(OddEngines(native_fp32=("--can", "fp32"), native_int8=("--can", "fp16")))
    assert live.lacks(NATIVE_FP16) == "", "nobody has told"
    live.choose([NATIVE_FP32])
    wait.until(lambda: live.lacks(NATIVE_FP16) != "")
    assert "computes in fp16" in live.lacks(NATIVE_FP16)
    assert not live.lacks(on_phone("native-fp16", "a")), "another device may have it"
    assert not live.lacks(find_backend("torch-fp16"))
    live.choose([NATIVE_FP32, NATIVE_FP16])
    assert live.lacks(NATIVE_FP16) == "", "its card tells it, and it can be taken away again"
    wait.until(lambda: state_of(live, "native-fp16").failure is not None)
    failure = state_of(live, "native-fp16").failure
    assert failure is not None
    assert failure.sentence.startswith("Native fp16 cannot run: it needs a processor")
    live.choose([NATIVE_INT8])
    wait.until(lambda: live.backends[0].can_answer)
    assert live.lacks(NATIVE_FP16) == ""


def test_a_backend_that_disagrees_says_with_what(make_live: MakeLive, wait: Waiting) -> None:
    live = make_live(OddEngines(qnnpack_int8=("--off-by", "1")))
    assert ask(live, wait, 7) == "they disagree: 7 (1), 8 (1)"
    stands = state_of(live, "qnnpack-int8").agreement
    assert stands is not None
    assert (stands.same_digit, stands.baseline_digit) == (False, 7)
    assert stands.max_difference > 8
    live.set_baseline("qnnpack-int8")
    stands = state_of(live, "torch-fp32").agreement
    assert stands is not None
    assert stands.baseline_digit == 8
    assert state_of(live, "qnnpack-int8").agreement is None


def test_a_third_backend_is_compared_with_the_int8_reference_bit_by_bit(make_live: MakeLive, wait: Waiting) -> None:
    live = make_live(OddEngines(torch_fp32=("--off-by", "1")))
    live.choose([find_backend(one) for one in ("torch-fp32", "qnnpack-int8", "native-int8")])
    wait.until(lambda: all(state.status is Status.READY for state in live.backends))
    ask(live, wait, 7)
    wait.until(lambda: state_of(live, "native-int8").agreement is not None)
    stands = state_of(live, "native-int8").agreement
    assert stands is not None
    assert (stands.same_digit, stands.equals) == (False, "QNNPACK int8")


def test_an_empty_pad_shows_no_prediction_even_if_an_answer_is_on_its_way(make_live: MakeLive, wait: Waiting) -> None:
    live = make_live(OddEngines(torch_fp32=("--slow-ms", "100")))
    ask(live, wait, 7)
    answered: list[BackendState] = []
    live.ask(question(3))
    wait.until(lambda: digits(live)[1] == 3)
    live.answered.subscribe(answered.append)
    live.ask(None)
    assert digits(live) == [None, None]
    assert live.said == ""
    ask(live, wait, 5)  # by then the late answer to the 3 has come
    assert [state.answer.digit for state in answered if state.answer is not None] == [5, 5]


def test_images_are_counted_from_one_and_an_empty_pad_is_none(make_live: MakeLive, wait: Waiting) -> None:
    live = make_live(OddEngines())
    for digit in (None, 7, None, None, 3):
        if digit is None:
            live.ask(None)
        else:
            ask(live, wait, digit)
    images, _times = live.samples.compute_ns("torch-fp32")
    assert images.tolist() == [1, 2]


def test_a_backend_that_hangs_delays_nobody(make_live: MakeLive, wait: Waiting) -> None:
    live = make_live(OddEngines(torch_fp32=("--hang-at-start",)), ready=False)
    wait.until(lambda: state_of(live, "qnnpack-int8").status is Status.READY)
    assert ask(live, wait, 5) == "answer: 5"
    assert state_of(live, "torch-fp32").status is Status.STARTING
    assert overview(live.backends, live.said) == "starting · 2 backends · answer: 5"


def test_a_failed_backend_can_be_tried_again_and_then_answers_what_is_on_the_pad(
    make_live: MakeLive, wait: Waiting
) -> None:
    engines = OddEngines(torch_fp32=("--die-at-once",))
    live = make_live(engines)
    live.ask(question(5))
    wait.until(lambda: state_of(live, "torch-fp32").status is Status.FAILED)
    failed = state_of(live, "torch-fp32")
    assert failed.failure is not None
    assert "out of odd luck" in failed.failure.sentence
    assert not failed.can_quantize
    engines.odd.clear()
    live.restart("torch-fp32")
    assert state_of(live, "torch-fp32").failure is None
    wait.until(lambda: digits(live)[0] == 5)


def test_another_network_clears_the_answers_of_the_one_before(make_live: MakeLive, wait: Waiting) -> None:
    live = make_live(OddEngines())
    ask(live, wait, 5)
    network = without_quantization(tiny_network())
    live.use_network(network)
    assert digits(live) == [None, None]
    assert len(live.samples.compute_ns("torch-fp32")[0]) == 0
    wait.until(lambda: state_of(live, "qnnpack-int8").status is Status.FAILED)
    assert state_of(live, "qnnpack-int8").can_quantize
    wait.until(lambda: digits(live)[0] == 5)
    assert state_of(live, "torch-fp32").network == network.name


def test_a_hundred_runs_are_of_all_backends_and_belong_to_their_image(make_live: MakeLive, wait: Waiting) -> None:
    live = make_live(OddEngines())
    ask(live, wait, 5)
    live.repeat()
    wait.until(lambda: all(state.repeated is not None for state in live.backends))
    assert all(state.repeated.median_ns > 0 for state in live.backends if state.repeated is not None)
    live.ask(question(6))
    assert [state.repeated for state in live.backends] == [None, None]


def test_cancel_breaks_off_a_hundred_runs_that_take_long(make_live: MakeLive, wait: Waiting) -> None:
    live = make_live(OddEngines(torch_fp32=("--slow-ms", "1000")))
    ask(live, wait, 5)
    live.repeat()
    wait.until(lambda: state_of(live, "torch-fp32").status is Status.RUNNING)
    live.cancel()
    wait.until(lambda: state_of(live, "torch-fp32").status is Status.READY)
    assert state_of(live, "torch-fp32").repeated is None


def test_backends_come_and_go_and_keep_their_state_and_colour(make_live: MakeLive, wait: Waiting) -> None:
    live = make_live(OddEngines())
    ask(live, wait, 5)
    before = state_of(live, "qnnpack-int8")
    chosen: list[list[str]] = []
    live.chosen.subscribe(lambda states: chosen.append([state.id for state in states]))
    live.choose([find_backend("qnnpack-int8"), find_backend("torch-fp32:torchscript")])
    assert chosen[-1] == ["qnnpack-int8", "torch-fp32:torchscript"]
    after = state_of(live, "qnnpack-int8")
    assert after.answer is before.answer
    assert after.color == before.color != live.backends[1].color
    assert live.baseline_id == "qnnpack-int8"
    wait.until(lambda: live.backends[1].agreement is not None)


def test_what_backends_say_together_is_said_anew_when_one_leaves(make_live: MakeLive, wait: Waiting) -> None:
    live = make_live(OddEngines())
    assert ask(live, wait, 5) == "all agree on 5"
    live.choose([find_backend("qnnpack-int8")])
    assert live.said == "answer: 5"


def test_a_backend_on_another_core_takes_over_colour_and_baseline(make_live: MakeLive, wait: Waiting) -> None:
    live = make_live(OddEngines())
    live.choose([find_backend("native-int8"), find_backend("torch-fp32")])
    live.set_baseline("native-int8")
    color = state_of(live, "native-int8").color
    live.exchange({"native-int8": find_backend("native-int8:core0")})
    assert live.baseline_id == "native-int8:core0"
    assert state_of(live, "native-int8:core0").color == color
    wait.until(lambda: all(state.status is Status.READY for state in live.backends))


def test_nothing_is_compared_with_a_baseline_that_has_failed(make_live: MakeLive, wait: Waiting) -> None:
    live = make_live(OddEngines(**{"torch_fp32:torchscript": ("--die-at-once",)}))
    ask(live, wait, 5)
    assert state_of(live, "qnnpack-int8").agreement is not None
    live.exchange({"torch-fp32": find_backend("torch-fp32:torchscript")})
    wait.until(lambda: state_of(live, "torch-fp32:torchscript").status is Status.FAILED)
    assert live.baseline_id == "torch-fp32:torchscript"
    assert state_of(live, "qnnpack-int8").agreement is None


def test_every_answer_is_told_once_and_makes_a_sample(make_live: MakeLive, wait: Waiting) -> None:
    live = make_live(OddEngines())
    answered: list[str] = []
    live.answered.subscribe(lambda state: answered.append(state.id))
    ask(live, wait, 5)
    ask(live, wait, 6)
    assert sorted(answered) == ["qnnpack-int8"] * 2 + ["torch-fp32"] * 2
    assert len(live.samples.compute_ns("torch-fp32")[1]) == 2


def test_the_overview_counts_what_does_not_work(make_live: MakeLive, wait: Waiting) -> None:
    live = make_live(OddEngines(torch_fp32=("--unavailable",)), ready=False)
    wait.until(lambda: [state.status for state in live.backends] == [Status.FAILED, Status.READY])
    assert overview(live.backends, "") == "ready · 2 backends · 1 failed"

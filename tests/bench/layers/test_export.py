"""JSON without infinities, CSV with every layer, and the words for figures."""

import csv
import io
import json
import math
from dataclasses import replace

from mnist_bench.bench.layers.export import to_csv, to_json
from mnist_bench.bench.layers.values import Difference, difference_figures
from tests.bench.layers.scripted import comparison, layers

FOUND = comparison(
    layers("torch-fp32", (10, 10, 20)), layers("native-int8", (1, 1, 2), (math.inf, -math.inf, 30), whole_us=5)
)


def test_json_holds_no_infinity_and_says_what_is_identical() -> None:
    failed = replace(FOUND, failures={"android": "There is no phone."})
    found = json.loads(json.dumps(to_json(failed), allow_nan=False))
    fp32, int8, phone = found["results"]
    assert (found["network"], found["images"], found["reference"]) == ("tiny", 31, "torch-fp32")
    assert found["sentence"].startswith("Most time goes into linear 2")
    assert phone == {"backend": "android", "error": "There is no phone."}
    first, second, third = int8["layers"]
    assert (first["sqnr_db"], first["identical"]) == (None, True)
    assert (second["sqnr_db"], second["identical"]) == (None, False)
    assert (third["sqnr_db"], third["identical"], third["largest_difference"]) == (30, False, 0.5)
    assert (third["compute_us"], third["p10_us"], third["p90_us"], third["share"]) == (2, 1.8, 2.4, 0.5)
    assert (int8["sum_us"], int8["whole_us"], int8["sum_to_whole"]) == (4, 5, 0.8)
    assert fp32["layers"][0]["sqnr_db"] is fp32["layers"][0]["identical"] is None
    assert fp32["traced_as"] == "torch-fp32"


def test_csv_has_a_row_for_each_layer_of_each_backend() -> None:
    rows = list(csv.DictReader(io.StringIO(to_csv(FOUND).decode())))
    assert [(row["backend"], row["name"]) for row in rows[2:4]] == [
        ("torch-fp32", "linear"),
        ("native-int8", "max_pool2d"),
    ]
    assert (rows[5]["compute_us"], rows[5]["sqnr_db"], rows[5]["mean_difference"]) == ("2.0", "30", "0.25")
    assert (rows[0]["sqnr_db"], rows[0]["identical"], rows[3]["identical"]) == ("", "", "True")


def test_the_share_of_the_peak_is_exported_and_told() -> None:
    fast = replace(FOUND.backends[1], peak=10**10)  # 10 multiply-adds take 1 ns; the linear layer takes 2 µs
    found = comparison(FOUND.backends[0], fast)
    fp32, int8 = to_json(found)["results"]
    assert (fp32["peak_multiply_adds_per_s"], int8["peak_multiply_adds_per_s"]) == (None, 10**10)
    assert [entry["of_peak"] for entry in int8["layers"]] == [None, None, 0.0005]
    assert found.with_peak == (fast,)
    assert "peak in int8: 10.0 G multiply-adds/s" in found.notes
    assert fast.time_words(10, 2) == "2.00 ns · 50 % of peak"
    assert fast.time_words(0, 2) == "2.00 ns"


def test_a_difference_in_words() -> None:
    assert difference_figures(Difference(38.649, 0.25, 2.09e-7)) == ("38.6 dB", "0.250", "2.09e-07")
    assert difference_figures(Difference(math.inf, 0, 0)) == ("identical", "0", "0")
    assert difference_figures(None) == ("–", "–", "–")


def test_the_ratio_to_the_whole_is_told_with_what_was_really_traced() -> None:
    assert FOUND.backends[1].sum_words == "layers one by one: 0.800 x the whole"
    script = layers("qnnpack-int8:torchscript", (10, 10, 20), whole_us=30)
    assert script.sum_words.startswith("layers one by one: 1.33 x the whole (traced as qnnpack-int8:")
    profiled = replace(FOUND.backends[1], timed_by="the abacus's own profiler")
    assert profiled.sum_words == "layers by the abacus's own profiler: 0.800 x the whole"
    assert comparison(script, profiled, profiled).notes == (
        "TorchScript traced as qnnpack-int8",
        "times by the abacus's own profiler",
    )

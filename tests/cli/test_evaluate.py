"""`mnist-bench evaluate`: its sources, what it prints and its JSON, with the native runner."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from mnist_bench.bench.accuracy.evaluation import Evaluation
from mnist_bench.bench.results.format import load_result
from mnist_bench.cli.app import main
from mnist_bench.digits.kept import KeptDrawings
from mnist_bench.digits.samples import bundled_samples

pytestmark = pytest.mark.usefixtures("own_folders")

SAMPLES = bundled_samples()
TWO_BACKENDS = ("--model", "digits-mlp", "--backend", "native-fp32", "--backend", "native-int8")


@pytest.fixture
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, log_file: Path) -> None:
    for name in ("XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    monkeypatch.delenv("MNIST_BENCH_DATA", raising=False)


@pytest.fixture
def digits(tmp_path: Path) -> Path:
    """The bundled samples as an .npz, the last with a wrong label."""
    images = np.stack([sample.pixels for sample in SAMPLES])
    labels = np.array([sample.label for sample in SAMPLES], np.uint8)
    labels[-1] = (labels[-1] + 1) % 10
    path = tmp_path / "samples.npz"
    np.savez(path, images=images, labels=labels)
    return path


def answered(capsys: pytest.CaptureFixture[str], *arguments: object) -> dict[str, Any]:
    assert main(["evaluate", *TWO_BACKENDS, *map(str, arguments), "--json"]) == 0
    content: dict[str, Any] = json.loads(capsys.readouterr().out)
    return content


def test_json_has_all_there_is_to_say(capsys: pytest.CaptureFixture[str], digits: Path) -> None:
    content = answered(capsys, "--data", digits)
    first, second = content["results"]
    total = len(SAMPLES)
    assert (content["data"], content["baseline"]) == (str(digits), "native-fp32")
    assert (first["images"], first["correct"]) == (total, total - 1)
    assert first["accuracy_low"] < first["accuracy"] == (total - 1) / total < first["accuracy_high"]
    assert 0 < first["compute_seconds"] < first["seconds"]
    assert np.trace(first["confusion"]) == first["correct"]
    assert sum(one["right"] for one in first["per_class"]) == first["correct"]
    assert sum(one["images"] for one in first["calibration"]) == total
    assert 0 < first["ece"] < 1
    assert first["against_baseline"] is None
    against = second["against_baseline"]
    assert (against["baseline"], against["images"], against["agreement"]) == ("native-fp32", total, 1.0)
    assert against["mcnemar"] == {"only_baseline_right": 0, "only_this_right": 0, "p": 1.0}
    assert against["max_logit_difference"] > 0


def test_another_baseline_and_fewer_images(capsys: pytest.CaptureFixture[str], digits: Path) -> None:
    content = answered(capsys, "--data", digits, "--baseline", "native-int8", "--limit", 3)
    first, second = content["results"]
    assert content["baseline"] == first["against_baseline"]["baseline"] == "native-int8"
    assert second["against_baseline"] is None
    assert (first["images"], first["correct"]) == (3, 3)


def test_the_text_has_intervals_and_the_comparison(capsys: pytest.CaptureFixture[str], digits: Path) -> None:
    assert main(["evaluate", *TWO_BACKENDS, "--data", str(digits)]) == 0
    brief = capsys.readouterr().out
    assert "95 % interval" in brief
    assert "against native-fp32:" in brief
    assert "100.00 %                    0              0          1" in brief
    assert "true digits" not in brief


def test_the_confusion_is_printed_on_demand(capsys: pytest.CaptureFixture[str], digits: Path) -> None:
    assert main(["evaluate", *TWO_BACKENDS, "--data", str(digits), "--confusion"]) == 0
    assert capsys.readouterr().out.count("true digits (rows), read as (columns)") == 2


def test_a_folder_of_pictures_by_label(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    for sample in SAMPLES[:4]:
        path = tmp_path / "pictures" / str(sample.label) / f"{sample.name}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(255 - sample.pixels).resize((112, 112)).save(path)
    content = answered(capsys, "--data", tmp_path / "pictures")
    assert [result["correct"] for result in content["results"]] == [4, 4]


def test_what_is_left_out_is_counted_and_kept_with_the_result(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    for sample in SAMPLES[:4]:
        path = tmp_path / "pictures" / str(sample.label) / f"{sample.name}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(sample.pixels).save(path)
    (path.parent / "broken.png").write_bytes(path.read_bytes()[:50])
    (path.parent / "desktop.ini").write_bytes(b"[.ShellClassInfo]\r\n")
    content = answered(capsys, "--data", tmp_path / "pictures", "--save", tmp_path / "kept.json")
    note = f"4 of 5 pictures; 1 left out: {path.parent.name}/broken.png (the picture is damaged or incomplete)."
    assert content["notes"] == [note]
    assert len(content["left_out"]) == 1
    assert [result["correct"] for result in content["results"]] == [4, 4]
    kept = load_result(tmp_path / "kept.json").value
    assert isinstance(kept, Evaluation)
    assert kept.digits.notes == (note,)
    assert main(["evaluate", *TWO_BACKENDS, "--data", str(tmp_path / "pictures")]) == 0
    assert capsys.readouterr().out.endswith(f"\n{note}\n")


def test_digits_that_lie_in_another_order_are_told_and_can_be_read_so(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    images = np.stack([255 - sample.pixels.T for sample in SAMPLES])
    path = tmp_path / "odd.npz"
    np.savez(path, images=images, labels=np.array([sample.label for sample in SAMPLES]))
    total = len(SAMPLES)
    assert main(["evaluate", *TWO_BACKENDS, "--data", str(path), "--save", str(tmp_path / "kept.json")]) == 0
    told = capsys.readouterr().out
    assert f"These digits look inverted-transposed: read so, {total} of {total} are right (100.00 %) instead" in told
    assert "To read them so: --order inverted-transposed\n" in told
    kept = load_result(tmp_path / "kept.json").value
    assert isinstance(kept, Evaluation)
    assert kept.other_order is not None
    assert kept.other_order.order == "inverted-transposed"
    content = answered(capsys, "--data", path, "--order", "inverted-transposed", "--save", tmp_path / "again.json")
    assert [result["correct"] for result in content["results"]] == [total, total]
    assert main(["evaluate", *TWO_BACKENDS, "--data", str(path), "--order", "inverted-transposed"]) == 0
    assert f" on odd.npz, read inverted-transposed: {total} images\n" in capsys.readouterr().out
    assert (content["order"], content["other_order"], content["notes"]) == ("inverted-transposed", None, [])
    again = load_result(tmp_path / "again.json").value
    assert isinstance(again, Evaluation)
    assert np.array_equal(again.digits.load().images, np.stack([sample.pixels for sample in SAMPLES]))


def test_ones_own_drawings(capsys: pytest.CaptureFixture[str]) -> None:
    kept = KeptDrawings()
    for sample in SAMPLES[:3]:
        assert sample.drawing is not None
        kept.add(sample.drawing)
    kept.set_label(kept.list().drawings[0].id, None)
    content = answered(capsys, "--drawings")
    assert content["data"] == str(kept.folder)
    assert [result["correct"] for result in content["results"]] == [2, 2]


def test_a_baseline_that_is_not_evaluated_is_bad_usage(capsys: pytest.CaptureFixture[str], digits: Path) -> None:
    assert main(["evaluate", *TWO_BACKENDS, "--data", str(digits), "--baseline", "torch-fp32"]) == 2
    assert "--backend torch-fp32" in capsys.readouterr().err


def test_data_and_drawings_exclude_each_other(capsys: pytest.CaptureFixture[str], digits: Path) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["evaluate", "--data", str(digits), "--drawings"])
    assert ended.value.code == 2
    assert "not allowed with" in capsys.readouterr().err


def test_where_no_backend_can_run_each_says_why(capsys: pytest.CaptureFixture[str], digits: Path) -> None:
    assert main(["evaluate", "--backend", "native-int8:core1023", "--data", str(digits), "--confusion"]) == 1
    assert capsys.readouterr().out.splitlines()[1].startswith("native-int8:core1023: ")

"""Model files are told from pictures, drawings and other files."""

from pathlib import Path

import h5py
import numpy as np
import pytest
import torch

from mnist_bench.digits.drawing import drawing_to_json
from mnist_bench.digits.samples import bundled_samples
from mnist_bench.engines.models import load_network
from mnist_bench.formats.errors import FormatError
from mnist_bench.formats.export_onnx import export_onnx
from mnist_bench.formats.export_tflite import export_tflite
from mnist_bench.formats.kinds import may_be_model
from mnist_bench.formats.reading import read_graphs
from mnist_bench.network.bundled import model_path
from mnist_bench.network.network import Precision


def test_by_the_name(tmp_path: Path) -> None:
    assert may_be_model(tmp_path / "model.PTH")
    assert not may_be_model(tmp_path / "seven.png"), "which is not there"


@pytest.mark.parametrize("kind", ["torch", "hdf5", "onnx", "tflite", "safetensors"])
def test_by_the_content(tmp_path: Path, kind: str) -> None:
    path, network = tmp_path / "my network", load_network("digits-mlp")
    match kind:
        case "torch":
            torch.save({"weight": torch.zeros(10, 784)}, path)
        case "hdf5":
            with h5py.File(path, "w") as file:
                file["weight"] = np.zeros(3)
        case "onnx":
            path.write_bytes(export_onnx(network, Precision.FP32))
        case "tflite":
            path.write_bytes(export_tflite(network, Precision.FP32))
        case "safetensors":
            path.write_bytes(model_path("digits-mlp").read_bytes())
    assert may_be_model(path)


def test_pictures_and_drawings_are_none(tmp_path: Path) -> None:
    drawing = bundled_samples()[0].drawing
    assert drawing is not None
    for number, content in enumerate(
        (b"\x89PNG\r\n\x1a\n" + bytes(20), b"\xff\xd8\xff\xe0", b"BM" + bytes(20), drawing_to_json(drawing), b"words")
    ):
        path = tmp_path / str(number)
        path.write_bytes(content)
        assert not may_be_model(path), content[:8]


def test_a_saved_model_is_named_and_another_folder_is_told(tmp_path: Path) -> None:
    saved = tmp_path / "mnist" / "saved_model.pb"
    saved.parent.mkdir()
    saved.write_bytes(b"\x08\x01\x12\x00")
    for path in (saved, saved.parent):
        with pytest.raises(FormatError, match="SavedModel") as refused:
            read_graphs(path)
        assert "model.keras" in refused.value.advice
    with pytest.raises(FormatError, match="It is a folder"):
        read_graphs(tmp_path)

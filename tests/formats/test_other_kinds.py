"""Files of other programs that no reader takes are named, with what to do about them."""

import io
import json
import pickle
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from scipy.io import savemat

from mnist_bench.formats.errors import FormatError
from mnist_bench.formats.reading import read_graphs

_WEIGHTS = np.zeros((3, 2), np.float32)


def refusal(folder: Path, name: str, content: bytes) -> FormatError:
    """The error for a file of this name and content."""
    path = folder / name
    path.write_bytes(content)
    with pytest.raises(FormatError) as refused:
        read_graphs(path)
    return refused.value


def zipped(entries: Mapping[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return made.getvalue()


def arrays() -> bytes:
    made = io.BytesIO()
    np.savez(made, weight=_WEIGHTS)
    return made.getvalue()


def array() -> bytes:
    made = io.BytesIO()
    np.save(made, _WEIGHTS)
    return made.getvalue()


def matlab() -> bytes:
    made = io.BytesIO()
    savemat(made, {"Theta1": _WEIGHTS})
    return made.getvalue()


_KERAS_JSON = {"class_name": "Sequential", "config": {"layers": []}, "keras_version": "2.4.0"}


@pytest.mark.parametrize(
    ("name", "content", "named"),
    [
        ("weights.npz", arrays(), "NumPy"),
        ("weights.bin", array(), "NumPy"),
        ("weights.mat", matlab(), "MATLAB"),
        ("weights.pkl", pickle.dumps({"weight": _WEIGHTS}), "a pickle of NumPy arrays"),
        ("model.pt", b"\x80\x04\x8c\x1fsklearn.neural_network._network\x94.", "scikit-learn"),
        ("model.joblib", zlib.compress(b"\x80\x04N."), "scikit-learn"),
        ("model.pdparams", pickle.dumps({"fc.weight": _WEIGHTS}), "PaddlePaddle"),
        ("checkpoint", b"\x81\xa6params\x80", "Flax"),
        ("model.json", json.dumps({"format": "layers-model", "modelTopology": {}}).encode(), "TensorFlow.js"),
        ("model.json", json.dumps(_KERAS_JSON).encode(), "a Keras configuration"),
        ("model.json", json.dumps({"learner": {}}).encode(), "XGBoost"),
        ("model.caffemodel", b"\x0a\x05LeNet", "Caffe"),
        ("mnist.weights", bytes(4) + b"\x02\0\0\0" + bytes(12), "Darknet"),
        ("mnist.param", b"7767517\n9 9\n", "ncnn"),
        ("mnist.mnn", b"\x18\0\0\0", "MNN"),
        ("mnist.gguf", b"GGUF\3\0\0\0", "GGML"),
        ("model.pth", b"\x30\0\0\0ET12" + bytes(30), "ExecuTorch"),
        ("model.onnx", b"\x30\0\0\0ORTM" + bytes(30), "ONNX Runtime's own format"),
        ("frozen.pb", b"\x0a\x03\x0a\x01x", "TensorFlow graph"),
        ("model.ckpt.data-00000-of-00001", b"\1\2\3", "TensorFlow checkpoint"),
        ("mnist.xml", b'<?xml version="1.0"?>\n<net name="mnist">', "OpenVINO"),
        ("model.h", b"const unsigned char model[] = {\n  0x1c, 0x00, 0x54,", "C source"),
        ("train-images-idx3-ubyte", b"\0\0\x08\3\0\0\xea\x60", "IDX"),
        ("model.h5", b"\n<!DOCTYPE html>\n<html>", "a web page"),
        ("model.pth", b"404: Not Found", "a web server's error message"),
        ("model.onnx", bytes(5_000), "nothing but zeros"),
        ("model.pth", b"\x89PNG\r\n\x1a\n" + bytes(20), "a picture"),
        ("model.h5", b"Rar!\x1a\7\1\0", "an archive"),
        ("model.zip", zipped({"README.md": b"", "mnist.h5": b""}), "a ZIP archive with mnist.h5 in it"),
        ("model.pth", zipped({"mnist/mnist.pth": b""}), "a ZIP archive with mnist.pth in it"),
        ("model.zip", zipped({"mnist/saved_model.pb": b""}), "SavedModel"),
    ],
)
def test_it_is_named_with_something_to_do(tmp_path: Path, name: str, content: bytes, named: str) -> None:
    error = refusal(tmp_path, name, content)
    assert named in str(error)
    assert error.advice.endswith(".")


def test_a_core_ml_package_says_which_file_in_it_to_choose(tmp_path: Path) -> None:
    package = tmp_path / "mnist.mlpackage"
    package.mkdir()
    with pytest.raises(FormatError, match="Core ML package") as refused:
        read_graphs(package)
    assert "model.mlmodel" in refused.value.advice


def test_text_that_says_nothing_is_not_named(tmp_path: Path) -> None:
    assert "not what its name says (.pth)" in str(refusal(tmp_path, "model.pth", b"nothing of the kind"))
    assert "not a kind of file" in str(refusal(tmp_path, "model", b"nothing of the kind"))

"""Names the files of other programs that no reader takes, so that a refusal says what a file is and what to do."""

import re
import struct
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from mnist_bench.base.file_kinds import AGAIN, TEXT, UNPACK, begins_as_picture, file_kind
from mnist_bench.base.files import open_file
from mnist_bench.base.text import one_line
from mnist_bench.formats.errors import FormatError
from mnist_bench.formats.kinds import MODEL_SUFFIXES

_EXPORT: Final = "Convert the network to ONNX, and open that file."
_WHOLE_KERAS: Final = 'Save the whole network with model.save("network.keras"), and open that file.'
_FROM_TENSORFLOW: Final = "Convert the network to TFLite or ONNX, and open that file."
_FROM_JAX: Final = "Convert the network to TFLite or ONNX, or put its weights into a PyTorch module and save that."
_WITH_LAYERS: Final = (
    "Put them into the network that they belong to, in PyTorch or Keras, and save that as a state dict or .keras file."
)
_NEURAL: Final = "Choose a neural network: this program runs no decision trees."
_SOURCE: Final = "Open the file that it was made from, such as an ONNX or TFLite file."
_CHOOSE: Final = "Choose a model file."
_UNPACK: Final = "Unpack it, and open the model file in it."
_DOWNLOAD: Final = "Download the file itself; GitHub's page of a file has a button for that, 'Download raw file'."

_NUMBERS: Final = "which has numbers but not the layers that they belong to"
_NO_WEIGHTS: Final = "which describes layers but not their weights"
_NOT_READ: Final = "which is not read"
_NO_MODEL: Final = "not a model file"
_WEB_PAGE: Final = "a web page"


@dataclass(frozen=True, slots=True)
class OtherKind:
    """What a file is, as in "a web page", what is wrong with that, and what a person can do."""

    name: str
    advice: str
    why: str = _NOT_READ

    def refusal(self) -> FormatError:
        """The error that says so."""
        return FormatError(f"It is {self.name}, {self.why}.", advice=self.advice)


_MATLAB: Final = OtherKind("a MATLAB file", _WITH_LAYERS, _NUMBERS)
_ARRAYS: Final = OtherKind("a NumPy file", _WITH_LAYERS, _NUMBERS)
_GGML: Final = OtherKind("a GGML file", _EXPORT)
_TENSORRT: Final = OtherKind("a TensorRT engine", _SOURCE)
_TREES: Final = "a model of decision trees"
_XGBOOST: Final = OtherKind(f"{_TREES} (XGBoost)", _NEURAL)
_CAFFE: Final = OtherKind("a Caffe model", _EXPORT)
_DARKNET: Final = OtherKind("a file of Darknet's weights", _EXPORT, _NUMBERS)
_PADDLE: Final = OtherKind("a PaddlePaddle model", "Convert it to ONNX with paddle2onnx, and open that file.")
_NCNN: Final = OtherKind("an ncnn model", _SOURCE)
_MXNET: Final = OtherKind("an MXNet model", _EXPORT)
_MESSAGEPACK: Final = OtherKind("a MessagePack file, as Flax (JAX) saves weights", _FROM_JAX, _NUMBERS)
_TF_CHECKPOINT: Final = OtherKind("part of a TensorFlow checkpoint", _FROM_TENSORFLOW)
_TF_GRAPH: Final = OtherKind("a TensorFlow graph", _FROM_TENSORFLOW)
_TFJS: Final = OtherKind(
    "a TensorFlow.js model",
    "Convert it with tensorflowjs_converter --output_format keras, or save the original as .keras.",
)
_KERAS_CONFIG: Final = OtherKind("a Keras configuration", _WHOLE_KERAS, _NO_WEIGHTS)
_SKLEARN: Final = OtherKind(
    "a model of scikit-learn",
    "Put the weights of an MLPClassifier (coefs_, intercepts_) into a network of PyTorch or Keras, and save that.",
)
_PICKLE: Final = OtherKind(
    "a pickle that torch.save did not write", "Save the network with torch.save(model.state_dict(), ...)."
)
_C_SOURCE: Final = OtherKind("C source text", _SOURCE)
_WEB_ERROR: Final = OtherKind("a web server's error message", _DOWNLOAD, "not the file that was asked for")

_BEGINNINGS: Final = (
    (0, b"\x93NUMPY", _ARRAYS),
    (0, b"MATLAB ", _MATLAB),
    (0, b"GGUF", _GGML),
    (0, b"lmgg", _GGML),
    (0, b"tjgg", _GGML),
    (4, b"ET12", OtherKind("an ExecuTorch program (.pte)", "Open the .pt2 or .pth file that it was made from.")),
    (4, b"ORTM", OtherKind("ONNX Runtime's own format (.ort)", "Open the .onnx file that it was made from.")),
    (0, b"7767517", _NCNN),
    (0, b"\0\0\x08", OtherKind("a file of digits or labels (IDX)", _CHOOSE, _NO_MODEL)),
    (0, b"\x12\x01\0\0\0\0\0\0", _MXNET),
    (0, b"ftrt", _TENSORRT),
    (0, b"ptrt", _TENSORRT),
    (0, b"RKNN", OtherKind("a model for Rockchip's processors", _SOURCE)),
    (0, b"LDMK", OtherKind("a model for Kendryte's processors", _SOURCE)),
    (0, b"CBM1", OtherKind(f"{_TREES} (CatBoost)", _NEURAL)),
    (0, b"binf", _XGBOOST),
    (0, b"{L\0\0\0\0\0\0\0\x07learner", _XGBOOST),
    (0, b"\x04\0\0\0\x01\0\0\0\x03\0\0\0V 1", OtherKind("a file of Torch 7 (Lua)", _EXPORT)),
)
"""At which byte a file of a kind has which bytes."""

_TEXTS: Final = (
    (rb'404: Not Found|\{\s*"message":|<\?xml[^>]*>\s*<Error>', _WEB_ERROR),
    (rb"model_checkpoint_path:", _TF_CHECKPOINT),
    (rb"tree\r?\nversion=", OtherKind(f"{_TREES} (LightGBM)", _NEURAL)),
    (rb"(<\?xml[^>]*>\s*)?<net name=", OtherKind("an OpenVINO model", _SOURCE)),
    (rb'\{.*"(modelTopology|weightsManifest)"', _TFJS),
    (rb'\{.*"class_name":.*"config":|(?:backend|class_name): ', _KERAS_CONFIG),
    (rb'\{\s*"learner"', _XGBOOST),
    (rb'\{\s*"nodes":.*"op":', _MXNET),
    (
        rb'\{.*"(cells|nbformat)":',
        OtherKind("a notebook", "Run it, and save its network with torch.save or model.save."),
    ),
    (
        rb"(#|//|/\*|extern|const |static |alignas|unsigned char).*(0x[0-9a-f]{2},|const (float|unsigned char|int8_t))",
        _C_SOURCE,
    ),
    (rb"\[net\]|\[convolutional\]", OtherKind("a Darknet configuration", _EXPORT, _NO_WEIGHTS)),
)
"""What text begins with."""

_SUFFIXES: Final = {
    ".caffemodel": _CAFFE,
    ".prototxt": OtherKind("a Caffe configuration", _EXPORT, _NO_WEIGHTS),
    ".weights": _DARKNET,
    **dict.fromkeys((".pdparams", ".pdmodel", ".pdiparams", ".pdopt"), _PADDLE),
    ".param": _NCNN,
    ".mnn": OtherKind("an MNN model", _SOURCE),
    ".pb": _TF_GRAPH,
    ".meta": _TF_GRAPH,
    ".joblib": _SKLEARN,
    **dict.fromkeys((".pkl", ".pickle"), _PICKLE),
    ".msgpack": _MESSAGEPACK,
    **dict.fromkeys((".engine", ".plan", ".trt"), _TENSORRT),
    ".dlc": OtherKind("a model for Qualcomm's SNPE", _SOURCE),
    ".om": OtherKind("a model for Huawei's Ascend", _SOURCE),
    ".py": OtherKind("Python source text", "Run it, and save its network with torch.save or model.save."),
    **dict.fromkeys((".c", ".cc", ".cpp", ".h", ".hpp"), _C_SOURCE),
    ".csv": OtherKind("a table", _WITH_LAYERS, _NUMBERS),
}
"""For what has no signature; names count only where the content says nothing."""
_CHECKPOINT_NAME: Final = re.compile(r"\.(data-\d{5}-of-\d{5}|index)$")

_PICKLED: Final = (
    (rb"sklearn", _SKLEARN),
    (rb"xgboost", _XGBOOST),
    (rb"lightgbm|catboost", OtherKind(_TREES, _NEURAL)),
    (rb"paddle|StructuredToParameterName", _PADDLE),
    (rb"keras|tensorflow", OtherKind("a pickle of Keras", _WHOLE_KERAS)),
    (rb"jax|flax", OtherKind("a pickle of JAX", _FROM_JAX)),
    (rb"numpy", OtherKind("a pickle of NumPy arrays", _WITH_LAYERS, _NUMBERS)),
)
"""By the modules that a pickle names near its beginning."""
_LOOKED_AT: Final = 4096
_MOST_NAMED: Final = 3


def other_kind(head: bytes, path: Path) -> OtherKind | None:
    """What the file that begins with `head` is, where it is known and no reader takes it."""
    if head.startswith(b"PK\x03\x04"):
        return _zip_kind(path)
    for at, beginning, kind in _BEGINNINGS:
        if head.startswith(beginning, at):
            return kind
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    for pattern, kind in _TEXTS:
        if re.match(pattern, text, re.S):
            return kind
    if _is_messagepack(head):
        return _MESSAGEPACK
    if _CHECKPOINT_NAME.search(path.name):
        return _TF_CHECKPOINT
    return _SUFFIXES.get(path.suffix.lower()) or _not_a_model(head)


def pickle_kind(data: bytes, path: Path) -> OtherKind:
    """What a pickle is that torch.save did not write."""
    if path.suffix.lower() in (".pdparams", ".pdopt", ".joblib"):
        return _SUFFIXES[path.suffix.lower()]
    head = data[:_LOOKED_AT]
    return next((kind for pattern, kind in _PICKLED if re.search(pattern, head)), _PICKLE)


def archive_kind(names: list[str]) -> OtherKind:
    """What a zip archive with these entries is, which is none of PyTorch's or Keras's."""
    parts = [name.rpartition("/")[2] for name in names]
    if "saved_model.pb" in parts:
        return OtherKind("a ZIP archive with TensorFlow's SavedModel", _FROM_TENSORFLOW)
    if "coremldata.bin" in parts or any("com.apple.CoreML" in name for name in names):
        return OtherKind("a ZIP archive with a Core ML package", _UNPACK)
    if names and all(name.endswith(".npy") for name in names):
        return _ARRAYS
    models = [part for part in parts if Path(part).suffix.lower() in MODEL_SUFFIXES]
    if models:
        named = one_line(", ".join(models[:_MOST_NAMED]), 200)
        return OtherKind(f"a ZIP archive with {named} in it", _UNPACK, _NO_MODEL)
    return OtherKind("a ZIP archive", _UNPACK, _NO_MODEL)


def _zip_kind(path: Path) -> OtherKind | None:
    try:
        with open_file(path) as file, zipfile.ZipFile(file) as archive:
            return archive_kind([name for name in archive.namelist() if not name.endswith("/")])
    except (OSError, ValueError, RuntimeError, OverflowError, struct.error, zipfile.BadZipFile):
        return None  # it is damaged, whatever it was


def _is_messagepack(head: bytes) -> bool:
    """Whether it begins as a map of up to 15 entries whose first key is a name (MessagePack's specification)."""
    if len(head) < 2 or head[0] & 0xF0 != 0x80 or head[1] & 0xE0 != 0xA0:
        return False
    key = head[2 : 2 + (head[1] & 0x1F)]
    return bool(key) and key.isascii() and key.decode().isprintable()


def _not_a_model(head: bytes) -> OtherKind | None:
    """What it is where it has nothing to do with networks; plain text is told by its reader or by its name alone."""
    if begins_as_picture(head):
        return OtherKind("a picture", _CHOOSE, _NO_MODEL)
    kind = file_kind(head)
    if kind is None or kind is TEXT or not head:
        return None
    if not head.strip(b"\0"):
        return OtherKind("a file that begins with nothing but zeros", AGAIN, _NO_MODEL)
    advice = {UNPACK: _UNPACK, AGAIN: AGAIN}.get(kind.advice, _CHOOSE)
    return OtherKind(kind.name, _DOWNLOAD if kind.name == _WEB_PAGE else advice, _NO_MODEL)

"""Models by name and file: bundled ones, our own, and another program's, through the real process that imports them."""

import sys
import threading
from pathlib import Path

import numpy as np
import pytest
import torch

import mnist_bench
from mnist_bench.base.errors import Cancelled, InputError, UsageError
from mnist_bench.digits.samples import labelled_digits
from mnist_bench.engines import models
from mnist_bench.engines.models import Import, load_network, open_model
from mnist_bench.formats.errors import FormatError
from mnist_bench.formats.export_onnx import export_onnx
from mnist_bench.network.bundled import model_path
from mnist_bench.network.model_file import write_model_file
from mnist_bench.network.network import Network, Precision
from mnist_bench.network.wire import network_hash
from mnist_bench.runners.torch_modules import as_module, float_steps, pixels_to_float
from tests.networks import tiny_network

MODULE = """\
import torch

class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = torch.nn.Linear(784, 24)
        self.last = torch.nn.Linear(24, 10)

    def forward(self, image):
        return self.last(torch.sigmoid(self.hidden(image.flatten(1))) - 0.5)
"""


@pytest.fixture
def onnx_file(tmp_path: Path) -> Path:
    """A bundled network in another program's file."""
    path = tmp_path / "digits.onnx"
    path.write_bytes(export_onnx(load_network("digits-mlp"), Precision.FP32))
    return path


def answers(network: Network) -> np.ndarray:
    images = torch.tensor(labelled_digits().images)
    with torch.no_grad():
        logits: np.ndarray = as_module(float_steps(network)).eval()(pixels_to_float(images)).numpy()
    return logits


def test_bundled_models_and_model_files_are_read_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "mine.safetensors"
    write_model_file(path, tiny_network(), {"recipe": "by hand"})
    own = open_model(path)
    assert (own.network.name, own.title, dict(own.notes), own.report) == (
        "tiny",
        str(path),
        {"recipe": "by hand"},
        None,
    )
    assert network_hash(load_network("digits-cnn")) == network_hash(open_model(model_path("digits-cnn")).network)


def test_another_programs_file_is_imported_and_quantized(onnx_file: Path) -> None:
    opened = open_model(onnx_file)
    assert opened.report is not None
    assert opened.report.format == "ONNX"
    assert opened.report.normalisation["name"] == "bytes", "it reads uint8"
    assert opened.report.calibration.startswith("calibrated on 200 digits; int8 reads ")
    assert opened.notes["imported from"] == "digits.onnx"
    assert opened.network.is_quantized
    np.testing.assert_allclose(answers(opened.network), answers(load_network("digits-mlp")), rtol=0, atol=1e-4)
    assert list(onnx_file.parent.iterdir()) == [onnx_file]


def test_the_persons_word_on_the_input_counts(onnx_file: Path) -> None:
    changed = Import(onnx_file, "inverted-bytes").run()
    assert changed.report is not None
    assert changed.report.normalisation["source"] == "person"
    images = torch.tensor(255 - labelled_digits().images)
    with torch.no_grad():
        expected = as_module(float_steps(load_network("digits-mlp"))).eval()(pixels_to_float(images)).numpy()
    np.testing.assert_allclose(answers(changed.network), expected, rtol=0, atol=2e-4)
    with pytest.raises(UsageError, match="no normalisation 'half'"):
        Import(onnx_file, "half")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "It is empty"),
        (b"nothing of the kind", "not a kind of file"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:00\n", "Git LFS pointer"),
        (b"\x89HDF\r\n\x1a\n" + bytes(100), "model"),
        (b"PK\x03\x04" + bytes(100), "model"),
        (b"\x80\x02cos\nsystem\nq\x00X\x02\x00\x00\x00idq\x01\x85q\x02Rq\x03.", "model"),
    ],
)
def test_a_file_that_is_none_is_refused_in_a_sentence(tmp_path: Path, data: bytes, words: str) -> None:
    path = tmp_path / "model"
    path.write_bytes(data)
    with pytest.raises(FormatError, match=words) as caught:
        load_network(path)
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == [path]


def test_a_damaged_file_is_refused_in_a_sentence(onnx_file: Path) -> None:
    onnx_file.write_bytes(onnx_file.read_bytes()[:50_000])
    with pytest.raises(InputError, match=r"The model file .*digits\.onnx cannot be imported"):
        load_network(onnx_file)


UNEXPECTED = "the process that read it ended unexpectedly"


@pytest.mark.parametrize(
    ("program", "told"),
    [
        ("import os; os.abort()", r"the process that read it was killed by signal 6 \(Aborted\)\. Import it again"),
        ("import os; os.kill(os.getpid(), 9)", "as a system does that runs out of memory"),
        ("print('hello')", UNEXPECTED),
        ("print('{}')", UNEXPECTED),
        ("print('[]')", UNEXPECTED),
        ("print('{\"bytes\": 10}'); print('short')", UNEXPECTED),
        ("import time; time.sleep(600)", "that took longer than 2 s"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGSTOP)", "was stopped by a signal"),
        ("raise ImportError('libtorch.so: failed to map segment from shared object')", "there isn't enough memory"),
    ],
)
def test_a_process_that_crashes_lies_or_hangs_is_told_in_a_sentence(
    onnx_file: Path, program: str, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(models, "python_command", lambda *_: (sys.executable, "-c", program))
    monkeypatch.setattr(models, "_SECONDS", 2.0)
    with pytest.raises(FormatError, match=told):
        load_network(onnx_file)


def test_a_cancelled_import_ends_its_process(onnx_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "python_command", lambda *_: (sys.executable, "-c", "import time; time.sleep(600)"))
    going = Import(onnx_file)
    threading.Timer(0.2, going.cancel).start()
    with pytest.raises(Cancelled):
        going.run()
    assert going._process is not None
    assert going._process.returncode is not None
    before = Import(onnx_file)
    before.cancel()
    with pytest.raises(Cancelled):
        before.run()


def test_the_process_may_write_no_file_and_has_bounded_memory(tmp_path: Path) -> None:
    program = (
        "from mnist_bench.training.import_model import _limit; import sys; _limit()\n"
        "import os; file = os.open(sys.argv[1], os.O_CREAT | os.O_WRONLY)\n"
        "try: os.write(file, b'x'); print('written')\n"
        "except OSError as error: print(error.strerror)\n"
        "try: bytearray(3 << 30); print('taken')\n"
        "except MemoryError: print('no memory')\n"
    )
    command = (sys.executable, "-P", "-c", program, str(tmp_path / "file"))
    process = models._start(command)
    with process:
        assert process.stdout is not None
        said = process.stdout.read().decode().split("\n")
    assert said[:2] == ["File too large", "no memory"]


def test_a_class_that_the_person_names_is_filled_with_the_files_weights(tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text(MODULE)
    space: dict[str, type[torch.nn.Module]] = {}
    exec(MODULE, space)  # noqa: S102 - our own text
    module = space["Net"]()
    torch.save({"epoch": 3, "state_dict": module.state_dict()}, tmp_path / "weights.pth")
    opened = Import(tmp_path / "weights.pth", "255", f"{tmp_path / 'net.py'}:Net").run()
    assert opened.report is not None
    assert opened.report.guessed == ()
    with torch.no_grad():
        expected = module(torch.tensor(labelled_digits().images) / 255.0).numpy()
    np.testing.assert_allclose(answers(opened.network), expected, rtol=0, atol=1e-4)
    for named, words in (("net.py:Net", "does not name a class"), (f"{tmp_path / 'net.py'}:Other", "cannot be made")):
        with pytest.raises(FormatError, match=words):
            Import(tmp_path / "weights.pth", None, named).run()


def test_a_module_is_taken_over_as_it_is() -> None:
    module = torch.nn.Sequential(
        torch.nn.Conv2d(1, 4, 3, padding=1), torch.nn.ELU(), torch.nn.MaxPool2d(2), torch.nn.Flatten(),
        torch.nn.Dropout(), torch.nn.Linear(4 * 14 * 14, 10),
    )  # fmt: skip
    network = mnist_bench.from_torch(module, torch.zeros(1, 1, 28, 28), normalise="symmetric")
    assert module.training
    with torch.no_grad():
        expected = module.eval()((torch.tensor(labelled_digits().images)[:, None] / 255 - 0.5) / 0.5).numpy()
    np.testing.assert_allclose(answers(network), expected, rtol=0, atol=1e-4)
    with pytest.raises(InputError, match=r"torch\.export cannot export Sequential"):
        mnist_bench.from_torch(module, torch.zeros(1, 3, 5, 5))

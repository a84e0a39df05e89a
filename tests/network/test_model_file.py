"""Model files: written, read again, refused."""

import json
import os
import struct
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load, save

from mnist_bench.base.errors import InputError
from mnist_bench.network.bundled import bundled_names, load_network, model_path
from mnist_bench.network.errors import NetworkError
from mnist_bench.network.model_file import (
    decode_model_file,
    encode_model_file,
    read_model_file,
    write_model_file,
)
from mnist_bench.network.network import Network
from mnist_bench.network.original import Fit, OriginalFile
from mnist_bench.network.wire import network_hash
from tests.networks import random_network, tiny_network

NOTES = {"recipe": "by hand", "figures": "none, and “quotes”"}

Json = dict[str, Any]
Tensors = dict[str, np.ndarray]


@pytest.mark.parametrize("quantized", [False, True])
@pytest.mark.parametrize("seed", range(20))
def test_a_model_file_holds_the_network_and_its_notes(tmp_path: Path, seed: int, quantized: bool) -> None:
    network = random_network(np.random.default_rng(seed), quantized=quantized)
    path = tmp_path / "model.safetensors"
    write_model_file(path, network, NOTES)
    model = read_model_file(path)
    assert model.notes == NOTES
    assert model.network.name == network.name
    assert model.network.activations == network.activations
    assert network_hash(model.network) == network_hash(network)
    assert encode_model_file(model.network, model.notes) == path.read_bytes()


def file_as_it_is() -> OriginalFile:
    return OriginalFile("tflite", b"the file", 3, True, Fit.CENTRED, 0.5, -1.0, True)


@pytest.mark.parametrize("operators", [False, True])
def test_a_model_file_holds_what_its_network_was_imported_from(tmp_path: Path, operators: bool) -> None:
    network = replace(tiny_network() if operators else Network("alone", (), original=file_as_it_is()), name="it")
    network = replace(network, original=file_as_it_is())
    path = tmp_path / "model.safetensors"
    write_model_file(path, network)
    read = read_model_file(path).network
    assert (read.original, read.has_operators, read.is_quantized) == (file_as_it_is(), operators, operators)
    assert network_hash(read) == network_hash(network)


def of_original(key: str, value: object) -> Callable[[Json, Tensors], object]:
    return lambda description, _: description["original"].update({key: value})


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (of_original("format", "exe"), "no file that an engine runs"),
        (of_original("channels", 2), "no file that an engine runs"),
        (of_original("channels_last", 1), "'channels_last'"),
        (of_original("fit", "stretched"), "stretched"),
        (of_original("scale", float("inf")), "finite numbers"),
        (of_original("offset", float("nan")), "finite numbers"),
        (of_original("scale", 1e39), "finite numbers"),
        (of_original("scale", 10**400), "'scale'"),
        (of_original("offset", "1"), "'offset'"),
        (of_original("puts_out_probabilities", None), "'puts_out_probabilities'"),
        (lambda description, _: description.update(original=[]), "'original'"),
        (lambda description, _: description.update(version=2), "holds weights that no operator uses"),
        (lambda _, tensors: tensors.pop("original"), "'original' are missing"),
        (lambda _, tensors: tensors.update(original=np.zeros(0, np.uint8)), "empty"),
        (lambda description, _: description.update(operators=[]), "no operator uses"),
    ],
)
def test_an_unsound_original_is_refused(tmp_path: Path, change: Callable[[Json, Tensors], object], words: str) -> None:
    path = tmp_path / "bad.safetensors"
    path.write_bytes(tampered(change, replace(tiny_network(), original=file_as_it_is())))
    with pytest.raises(NetworkError, match=words):
        read_model_file(path)


def test_the_order_of_notes_does_not_matter() -> None:
    turned = dict(reversed(NOTES.items()))
    assert encode_model_file(tiny_network(), NOTES) == encode_model_file(tiny_network(), turned)


@pytest.mark.parametrize("name", bundled_names())
def test_a_bundled_file_is_what_this_version_writes(name: str) -> None:
    path = model_path(name)
    model = read_model_file(path)
    assert model.network.name == name
    assert encode_model_file(model.network, model.notes) == path.read_bytes()


def test_a_file_that_could_not_be_read_again_is_not_written(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    write_model_file(path, tiny_network())
    before = path.read_bytes()
    with pytest.raises(InputError):
        write_model_file(path, tiny_network(), {"essay": "long " * 300_000})
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == [path.name]  # noqa: PTH208 - hidden files count


def test_a_model_is_found_by_name_or_by_file(tmp_path: Path) -> None:
    path = tmp_path / "mine.safetensors"
    write_model_file(path, replace(tiny_network(), name="mine"))
    assert load_network(str(path)).name == "mine"
    assert load_network("digits-mlp").name == "digits-mlp"


@pytest.mark.parametrize("name", ["", "digits", "no/such/file", "x" * 5000, "nul\0", "/", "../models"])
def test_a_model_that_is_not_there_is_an_input_error(name: str) -> None:
    with pytest.raises(InputError) as caught:
        load_network(name)
    assert "digits-cnn" in caught.value.advice


def tampered(change: Callable[[Json, Tensors], object], network: Network | None = None) -> bytes:
    """The tiny network's file with its description or tensors changed."""
    data = encode_model_file(network or tiny_network(), {})
    (size,) = struct.unpack_from("<Q", data)
    description = json.loads(json.loads(data[8 : 8 + size])["__metadata__"]["mnist-bench"])
    tensors = load(data)
    change(description, tensors)
    return save(tensors, {"mnist-bench": json.dumps(description)})


def without(key: str) -> Callable[[Json, Tensors], object]:
    return lambda description, tensors: (description.pop(key, None), tensors.pop(key, None))


def field(key: str, value: object) -> Callable[[Json, Tensors], object]:
    return lambda description, _: description.update({key: value})


def of_pool(key: str, value: object) -> Callable[[Json, Tensors], object]:
    return lambda description, _: description["operators"][0].update({key: value})


def tensor(key: str, value: np.ndarray) -> Callable[[Json, Tensors], object]:
    return lambda _, tensors: tensors.update({key: value})


def activation(index: int, value: object) -> Callable[[Json, Tensors], object]:
    return lambda description, _: description["activations"].__setitem__(index, value)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (without("format"), "no valid field 'format'"),
        (field("format", "another"), "does not describe"),
        (field("version", 4), "another version"),
        (field("version", 3), "'original'"),
        (field("version", True), "'version'"),
        (field("version", 1.0), "'version'"),
        (field("name", 5), "'name'"),
        (field("name", "two\nlines"), "name"),
        (field("operators", {}), "'operators'"),
        (field("operators", []), "1 to 128 operators"),
        (field("operators", [{"kind": "relu"}] * 129), "1 to 128 operators"),
        (field("classes", 26), "26 classes"),
        (field("operators", ["relu", "relu", "relu"]), "description is damaged"),
        (of_pool("kind", "dropout"), "'dropout'"),
        (of_pool("kind", ["relu"]), "'kind'"),
        (of_pool("kernel", [28]), "'kernel'"),
        (of_pool("kernel", [28, 28.0]), "'kernel'"),
        (of_pool("kernel", [28, True]), "'kernel'"),
        (of_pool("kernel", "28"), "'kernel'"),
        (of_pool("padding", [0, 0, 0]), "'padding'"),
        (of_pool("inputs", None), "'inputs'"),
        (of_pool("inputs", [0.0]), "'inputs'"),
        (of_pool("inputs", [1]), "not there yet"),
        (of_pool("inputs", []), "cannot read 0 values"),
        (of_pool("stride", [0, 1]), "stride"),
        (of_pool("padding", [10**400, 1]), "padding"),
        (without("2.weight"), "'2.weight' are missing"),
        (without("2.bias"), "'2.bias' are missing"),
        (without("2.weight_scales"), "'2.weight_scales' are missing"),
        (without("2.weight_int8"), "no operator uses"),
        (tensor("2.weight", np.zeros((10, 1))), "not float32"),
        (tensor("2.weight", np.zeros((10, 2), np.float32)), "shape"),
        (tensor("2.weight", np.full((10, 1), np.nan, np.float32)), "finite"),
        (tensor("2.weight_int8", np.zeros((10, 1), np.uint8)), "not int8"),
        (tensor("3.weight", np.zeros(1, np.float32)), "no operator uses"),
        (without("activations"), "'activations'"),
        (field("activations", []), "3 operators have 0"),
        (activation(0, [0.5, 0]), "QNNPACK would not use"),
        (activation(2, [0.5]), "damaged"),
        (activation(2, [True, 0]), "damaged"),
        (activation(2, [0.5, True]), "damaged"),
        (activation(2, ["0.5", 0]), "damaged"),
        (activation(2, [0.5, 0.0]), "damaged"),
        (activation(2, [0.5, 256]), "zero point"),
        (activation(2, [float("nan"), 0]), "scale"),
        (activation(2, [10**400, 0]), "scale"),
        (field("notes", ["text"]), "'notes'"),
        (field("notes", {"figures": 99.7}), "not text"),
    ],
)
def test_an_unsound_model_file_is_refused(
    tmp_path: Path, change: Callable[[Json, Tensors], object], words: str
) -> None:
    path = tmp_path / "bad.safetensors"
    path.write_bytes(tampered(change))
    with pytest.raises(NetworkError, match=words) as caught:
        read_model_file(path)
    assert str(path) in str(caught.value)
    assert caught.value.advice


def test_a_file_of_version_1_is_read_as_the_chain_it_holds(tmp_path: Path) -> None:
    def aged(description: Json, _: Tensors) -> None:
        layers = [
            {**one, "padding": one["padding"][:2]} if "padding" in one else one for one in description["operators"]
        ]
        for layer in layers:
            del layer["inputs"]
        description.update(version=1, layers=layers)
        del description["operators"], description["classes"]

    network = random_network(np.random.default_rng(2), quantized=True)
    path = tmp_path / "old.safetensors"
    path.write_bytes(tampered(aged, network))
    assert network_hash(read_model_file(path).network) == network_hash(network)


def with_header(header: bytes) -> bytes:
    return struct.pack("<Q", len(header)) + header


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"1234567",
        b"PK\x03\x04" + bytes(100),
        struct.pack("<Q", 1 << 63) + b"{}",
        with_header(b"{}"),
        with_header(b"[]"),
        with_header(b'{"__metadata__": null}'),
        with_header(b'{"__metadata__": {"mnist-bench": 5}}'),
        with_header(b'{"__metadata__": {"mnist-bench": "[]"}}'),
        with_header(b'{"__metadata__": {"mnist-bench": "' + b"[" * 100_000 + b'"}}'),
        with_header(b"[" * 100_000),
        with_header(b"9" * 100_000),
        with_header(b"\xff\xfe{\0}\0"),
        save({"weight": np.zeros(3, np.float32)}),
    ],
)
def test_what_is_not_a_model_file_is_refused(data: bytes) -> None:
    with pytest.raises(NetworkError):
        decode_model_file(data)


def test_a_pickle_is_not_looked_into(tmp_path: Path) -> None:
    path = tmp_path / "model.pt"
    path.write_bytes(b"\x80\x04cos\nsystem\n(S'touch " + bytes(tmp_path / "ran") + b"'\ntR.")
    with pytest.raises(NetworkError):
        load_network(str(path))
    assert not (tmp_path / "ran").exists()


def header_bytes(rng: np.random.Generator, data: bytes) -> bytes:
    """Characters of the header changed for others that JSON knows."""
    (size,) = struct.unpack_from("<Q", data)
    changed = bytearray(data)
    for at in rng.integers(8, 8 + size, rng.integers(1, 4)):
        changed[at] = rng.choice(list(b'0123456789-.eE"{}[]:,\\ntfN \x00\xff'))
    return bytes(changed)


def number_in_header(rng: np.random.Generator, data: bytes) -> bytes:
    """One number of the header changed, its length put right."""
    (size,) = struct.unpack_from("<Q", data)
    header = data[8 : 8 + size]
    digits = [at for at, byte in enumerate(header) if 48 <= byte <= 57]
    at = digits[rng.integers(len(digits))]
    other = rng.choice(
        [b"0", b"-1", b"1e400", b"NaN", b"99999999999999999999", b"true", b"null", b"1.5", b"257", b"F64"]
    )
    return with_header(header[:at] + other + header[at + 1 :]) + data[8 + size :]


def any_bytes(rng: np.random.Generator, data: bytes) -> bytes:
    changed = np.frombuffer(data, np.uint8).copy()
    at = rng.integers(0, len(changed), rng.integers(1, 6))
    changed[at] = rng.integers(0, 256, len(at))
    return changed.tobytes()


def cut(rng: np.random.Generator, data: bytes) -> bytes:
    return data[: rng.integers(0, len(data))]


def lengthened(rng: np.random.Generator, data: bytes) -> bytes:
    return data + rng.bytes(int(rng.integers(1, 100)))


@pytest.mark.parametrize("mutate", [header_bytes, number_in_header, any_bytes, cut, lengthened])
def test_a_hostile_model_file_is_refused_or_sound(
    cases: int, mutate: Callable[[np.random.Generator, bytes], bytes]
) -> None:
    rng = np.random.default_rng(11)
    networks = [random_network(np.random.default_rng(seed), quantized=seed % 2 == 0) for seed in range(6)]
    sources = [encode_model_file(network, NOTES) for network in (tiny_network(), *networks)]
    refused = 0
    for _ in range(cases // 5):
        try:
            model = decode_model_file(mutate(rng, sources[rng.integers(len(sources))]))
        except NetworkError:
            refused += 1
        else:
            encode_model_file(model.network, model.notes)
    assert refused

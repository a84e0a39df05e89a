"""Labelled digits in the layouts that people have: each is found, and read as the same 30 digits."""

import gzip
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from mnist_bench.base.errors import InputError
from mnist_bench.digits.datasets import LabelledDigits, load_digits
from mnist_bench.digits.sets.found import split_of
from tests.digits.made_sets import (
    HEADER,
    IMAGES,
    LABELLED_ROWS,
    LABELS,
    ONE_HOT,
    ROWS,
    idx,
    matlab,
    mnist,
    npy,
    npz,
    parquet,
    pictures,
    pictures_column,
    png,
    table,
    tarred,
    written,
    zipped,
)

WORDS = ("Zero", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine")
DEVANAGARI = "०१२३४५६७८९"
FIRST, REST = slice(10), slice(10, None)
NAMED_ROWS = [("", f".\\{number}.png", 100 + number, label) for number, label in enumerate(LABELS)]
WRITERS = np.column_stack([LABELS, *(np.arange(30) + other for other in range(7))]).astype(np.int32)
LETTERS = {
    "emnist-letters-test-images-idx3-ubyte": idx(IMAGES),
    "emnist-letters-test-labels-idx1-ubyte": idx(LABELS + 3),
}

FILES: dict[str, Callable[[], bytes]] = {
    "images-labels.npz": lambda: npz(images=IMAGES, labels=LABELS),
    "keras.npz": lambda: npz(x_train=IMAGES[:9], y_train=LABELS[:9], x_test=IMAGES, y_test=LABELS),
    "x-y.npz": lambda: npz(X=ROWS, y=LABELS.astype(np.int64)),
    "data-target.npz": lambda: npz(target=LABELS.astype(str), data=ROWS, names=np.arange(784)),
    "unnamed.npz": lambda: npz(arr_0=IMAGES, arr_1=LABELS),
    "channel-last.npz": lambda: npz(images=IMAGES[..., None], labels=LABELS[:, None]),
    "channel-first.npz": lambda: npz(images=IMAGES[:, None].astype(np.int32), labels=LABELS.astype(np.float32)),
    "one-hot.npz": lambda: npz(images=IMAGES.astype(np.float64), labels=ONE_HOT),
    "three-channels.npz": lambda: npz(images=np.repeat(IMAGES[..., None], 3, axis=3), labels=LABELS),
    "0-to-1.npz": lambda: npz(images=(IMAGES / 255).astype(np.float32), labels=LABELS),
    "-1-to-1.npz": lambda: npz(images=IMAGES / 127.5 - 1, labels=LABELS),
    "normalised.npz": lambda: npz(images=((IMAGES / 255 - 0.1307) / 0.3081)[:, None], labels=LABELS),
    "kaggle.csv": lambda: table(LABELLED_ROWS, HEADER),
    "no-header.csv": lambda: table(LABELLED_ROWS),
    "bom-semicolons.csv": lambda: b"\xef\xbb\xbf" + table(LABELLED_ROWS, HEADER, ";"),
    "tabs.tsv": lambda: table(LABELLED_ROWS, separator="\t"),
    "label-last.csv": lambda: table(np.column_stack([ROWS, LABELS]), (*HEADER[1:], "class")),
    "label-last-no-header.csv": lambda: table(np.column_stack([ROWS, LABELS])),
    "pandas.csv": lambda: table(np.column_stack([np.arange(30), LABELLED_ROWS]), ("", *HEADER)),
    "index-no-header.csv": lambda: table(np.column_stack([np.arange(1, 31), LABELLED_ROWS])),
    "0-to-1.csv": lambda: table(np.column_stack([LABELS, ROWS / 255]), HEADER),
    "bars.csv": lambda: table(LABELLED_ROWS, HEADER, "|"),
    "decimal-commas.csv": lambda: table(np.column_stack([LABELS, ROWS / 255]), HEADER, ";").replace(b".", b","),
    "decimal-commas-no-header.csv": lambda: table(LABELLED_ROWS / [1, *[255] * 784], (), ";").replace(b".", b","),
    "excel.csv": lambda: b"sep=;\n" + table(LABELLED_ROWS, HEADER, ";"),
    "comment.csv": lambda: b"# MNIST\n" + table(LABELLED_ROWS),
    "quoted.csv": lambda: b"\n".join(b",".join(b'"%d"' % cell for cell in row) for row in LABELLED_ROWS),
    "ended.csv": lambda: table(LABELLED_ROWS, HEADER).replace(b"\r\n", b"\n").replace(b"\n", b",\n"),
    "latin-1.csv": lambda: b"Gr\xf6\xdfe" + table(LABELLED_ROWS, HEADER),
    "packed.csv.gz": lambda: gzip.compress(table(LABELLED_ROWS, HEADER)),
    "hub.parquet": lambda: parquet(image=pictures_column(), label=LABELS),
    "lists.parquet": lambda: parquet(pixels=[row.tolist() for row in ROWS], label=LABELS),
    "nested.parquet": lambda: parquet(image=[one.tolist() for one in IMAGES], label=LABELS),
    "columns.parquet": lambda: parquet(
        **{f"pixel{number}": ROWS[:, number] for number in range(784)}, **{"class": LABELS.astype(str).tolist()}
    ),
    "columns.mat": lambda: matlab(data=ROWS.T, label=LABELS[None].astype(float)),
    "plain.mat": lambda: matlab(compressed=False, images=np.moveaxis(IMAGES, 0, -1), labels=LABELS[:, None]),
    "toolbox.mat": lambda: matlab(train_x=ROWS[:9], train_y=ONE_HOT[:9], test_x=ROWS, test_y=ONE_HOT),
    "structures.mat": lambda: matlab(
        dataset={
            "train": {"images": ROWS[:9], "labels": LABELS[:9, None], "writers": np.arange(9)},
            "test": {"images": ROWS, "labels": LABELS[:, None], "writers": np.arange(30)},
            "mapping": np.zeros((10, 2)),
        }
    ),
    "by-digit.mat": lambda: matlab(
        **{f"{split}{digit}": ROWS[digit == LABELS] for split in ("train", "test") for digit in range(10)}
    ),
    "pictures.zip": lambda: zipped(
        {
            **pictures("digits/"),
            "__MACOSX/digits/3/._9.png": b"\0\5",
            "digits/.DS_Store": b"\0",
            "digits/3/Thumbs.db": b"\0",
        }
    ),
    "splits.zip": lambda: zipped({**pictures("png/testing/"), **pictures("png/training/", FIRST)}),
    "backslashes.zip": lambda: zipped({name.replace("/", "\\"): data for name, data in pictures("a/").items()}),
    "mnist.zip": lambda: zipped(mnist()),
    "table.zip": lambda: zipped(
        {"mnist_train.csv": table(LABELLED_ROWS[FIRST]), "mnist_test.csv": table(LABELLED_ROWS)}
    ),
    "one-hot.csv": lambda: table(np.column_stack([ONE_HOT.astype(int), ROWS])),
    "one-hot behind.csv": lambda: table(
        np.column_stack([ROWS, ONE_HOT]), [*HEADER[1:], *(f"is {digit}" for digit in range(10))]
    ),
    "one-hot.parquet": lambda: parquet(image=pictures_column(), label=ONE_HOT.tolist()),
    "dots.zip": lambda: zipped({f"./{name}": data for name, data in pictures("digits/").items()}),
    "pictures.tar": lambda: tarred(pictures("./digits/")),
    "pictures.tar.gz": lambda: gzip.compress(tarred(pictures("digits/"))),
    "mnist.tgz": lambda: gzip.compress(
        tarred({f"MNIST/raw/{name}": data for name, data in mnist(packed=False).items()})
    ),
}
FOLDERS: dict[str, Callable[[], dict[str, bytes]]] = {
    "torchvision": lambda: {
        f"MNIST/raw/{name}": data
        for packed in (True, False)
        for split, which in (("t10k", slice(None)), ("train", FIRST))
        for name, data in mnist(split, which, packed).items()
    },
    "torchvision's root with more": lambda: {
        f"{name}/raw/{file}": data for name in ("MNIST", "FashionMNIST", "KMNIST") for file, data in mnist().items()
    },
    "each file in a folder of its name": lambda: {
        f"{name}/{name}": data for name, data in (mnist("t10k", packed=False) | mnist("train", packed=False)).items()
    },
    "two figures": lambda: {f"test/0{name}": data for name, data in pictures().items()},
    "emnist": lambda: {
        "EMNIST/raw/emnist-digits-test-images-idx3-ubyte.gz": gzip.compress(idx(IMAGES)),
        "EMNIST/raw/emnist-digits-test-labels-idx1-ubyte.gz": gzip.compress(idx(LABELS)),
        **{f"EMNIST/raw/{name}": data for name, data in LETTERS.items()},
    },
    "qmnist": lambda: {
        "QMNIST/raw/qmnist-test-images-idx3-ubyte": idx(IMAGES),
        "QMNIST/raw/qmnist-test-labels-idx2-int": idx(WRITERS),
    },
    "images named as labels": lambda: {
        "t10k-labels-idx1-ubyte": idx(IMAGES),
        "t10k-images-idx3-ubyte": idx(LABELS),
    },
    "names of one's own": lambda: {"pictures of the test": idx(IMAGES), "what they show": idx(LABELS)},
    "test and train": lambda: {**pictures("test/"), **pictures("train/", FIRST)},
    "testing and training, deeper": lambda: {**pictures("a/b/testing/"), **pictures("a/b/training/", FIRST)},
    "digit_0 to digit_9": lambda: {f"digit_{name}": data for name, data in pictures().items()},
    "zero to nine": lambda: {f"{WORDS[int(name[0])]}{name[1:]}": data for name, data in pictures().items()},
    "(0) to (9)": lambda: {f"({name[0]}){name[1:]}": data for name, data in pictures().items()},
    "0 - zero to 9 - nine": lambda: {
        f"{name[0]} - {WORDS[int(name[0])].title()}{name[1:]}": data for name, data in pictures().items()
    },
    "each split in the folders' own names": lambda: {
        f"{name[0]}_{split}{name[1:]}": data
        for split, which in (("test", slice(None)), ("train", FIRST))
        for name, data in pictures(which=which).items()
    },
    "each split in the label folders": lambda: {
        f"{name[0]}/{split}{name[1:]}": data
        for split, which in (("test", slice(None)), ("train", FIRST))
        for name, data in pictures(which=which).items()
    },
    "others of the same below": lambda: {
        **pictures(),
        **{name.replace("/", "/thumbnails/"): data for name, data in pictures().items()},
    },
    "each writer's in a folder of their own": lambda: {
        f"digits/{name.replace('/', f'/writer {number % 3}/')}": data
        for number, (name, data) in enumerate(pictures().items())
    },
    "digits of another script": lambda: {
        f"{DEVANAGARI[int(name[0])]}{name[1:]}": data for name, data in pictures().items()
    },
    "numbered writers": lambda: pictures("3/"),
    "a table of pictures": lambda: {
        "labels.csv": table([(f"{number}.png", label) for number, label in enumerate(LABELS)], ("file", "label")),
        "README.md": b"The file labels.csv names a.png and others.\n",
        **{f"images/{number}.png": png(one) for number, one in enumerate(IMAGES)},
    },
    "a table of pictures, whose labels pandas wrote": lambda: {
        "labels.csv": table(
            [(f"{number}.png", float(label)) for number, label in enumerate(LABELS)], ("file", "label")
        ),
        **{f"images/{number}.png": png(one) for number, one in enumerate(IMAGES)},
    },
    "tables of pictures, one for each split": lambda: {
        **{f"{split}.csv": table(NAMED_ROWS, ("", "path", "id", "digit")) for split in ("train", "test")},
        **{f"test/{number}.png": png(one) for number, one in enumerate(IMAGES)},
        **{f"train/{number}.png": png(255 - one) for number, one in enumerate(IMAGES)},
    },
    "the hub's": lambda: {
        "README.md": b"---\ndataset_info\n---\n",
        "mnist/test-00000-of-00002.parquet": parquet(image=pictures_column()[FIRST], label=LABELS[FIRST]),
        "mnist/test-00001-of-00002.parquet": parquet(image=pictures_column()[REST], label=LABELS[REST]),
        "mnist/train-00000-of-00001.parquet": parquet(image=pictures_column()[FIRST], label=LABELS[FIRST]),
    },
    "npy": lambda: {
        "x_test.npy": npy(IMAGES),
        "y_test.npy": npy(LABELS),
        "x_train.npy": npy(IMAGES[FIRST]),
        "y_train.npy": npy(LABELS[FIRST]),
    },
    "keras's cache": lambda: {"mnist.npz": FILES["keras.npz"](), "reuters_word_index.json": b"{}"},
    "csv": lambda: {"mnist_train.csv": table(LABELLED_ROWS[FIRST]), "mnist_test.csv": table(LABELLED_ROWS)},
}


def check(digits: LabelledDigits) -> None:
    """They are the 30 digits, in some order."""
    by_label = np.argsort(digits.labels, kind="stable")
    assert np.array_equal(digits.labels[by_label], LABELS)
    assert np.array_equal(np.sort(digits.images[by_label], axis=0), np.sort(IMAGES, axis=0))
    assert all(
        any(np.array_equal(one, other) for other in IMAGES[label == LABELS])
        for one, label in zip(digits.images, digits.labels, strict=True)
    )
    assert not digits.left_out


@pytest.mark.parametrize("name", FILES)
def test_a_file(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(FILES[name]())
    check(load_digits(tmp_path / name))


@pytest.mark.parametrize("name", FOLDERS)
def test_a_folder(name: str, tmp_path: Path) -> None:
    check(load_digits(written(tmp_path / "digits", FOLDERS[name]())))


@pytest.mark.parametrize("name", ["keras.npz", "toolbox.mat", "structures.mat"])
def test_the_training_images_of_a_file_with_both(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(FILES[name]())
    digits = load_digits(tmp_path / name, "train")
    assert np.array_equal(digits.images, IMAGES[:9])
    assert digits.name == f"{name} (train)"


@pytest.mark.parametrize(
    "name",
    [
        "torchvision",
        "test and train",
        "each split in the folders' own names",
        "each split in the label folders",
        "the hub's",
        "npy",
        "csv",
    ],
)
def test_the_training_images_of_a_folder_with_both(name: str, tmp_path: Path) -> None:
    digits = load_digits(written(tmp_path, FOLDERS[name]()), "train")
    assert np.array_equal(digits.labels, LABELS[FIRST])


def test_a_single_file_stands_for_its_partner_too(tmp_path: Path) -> None:
    written(tmp_path, {**mnist(), **mnist("train", FIRST), "a.npy": npy(IMAGES), "b.npy": npy(LABELS)})
    for name in ("t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz", "a.npy", "b.npy"):
        check(load_digits(tmp_path / name))
    assert len(load_digits(tmp_path / "train-labels-idx1-ubyte.gz")) == 10


def test_how_much_of_the_pictures_a_split_is(tmp_path: Path) -> None:
    digits = load_digits(written(tmp_path, {**pictures("test/", FIRST), **pictures("train/", REST)}))
    assert digits.notes == ("These are the pictures in test: 10 of 30.",)


@pytest.mark.parametrize(
    ("name", "said"), [("0-to-1.npz", "0 to 1"), ("-1-to-1.npz", "-1 to 1"), ("normalised.npz", "0.1307")]
)
def test_what_values_were_taken_for_is_told(name: str, said: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(FILES[name]())
    (note,) = load_digits(tmp_path / name).notes
    assert said in note


def test_without_test_images_those_for_validation_are_taken(tmp_path: Path) -> None:
    digits = load_digits(written(tmp_path, {**pictures("train/", REST), **pictures("valid/", FIRST)}))
    assert len(digits) == 10
    assert digits.notes[0] == "These are the images for validation: valid/."


def test_mnist_is_found_among_many_files(tmp_path: Path) -> None:
    check(load_digits(written(tmp_path, {**mnist(), **{f"a{number}.txt": b"note" for number in range(250)}})))


def test_arrays_of_something_else_do_not_hide_the_digits_below(tmp_path: Path) -> None:
    others = {"weights.npy": npy(np.zeros((784, 10))), "biases.npy": npy(np.zeros(10)), "a.csv": b"name,age\nAnn,3\n"}
    check(load_digits(written(tmp_path, {**others, **pictures("digits/")})))


def test_clothes_are_told_from_digits_by_the_folders_name(tmp_path: Path) -> None:
    written(tmp_path, {f"FashionMNIST/raw/{name}": data for name, data in mnist().items()})
    assert load_digits(tmp_path).notes == ("By the names of files and folders, these are clothes, not digits.",)


def test_the_whole_of_mnist_in_one_array_is_split_as_mnist_is(tmp_path: Path) -> None:
    labels = np.tile(np.arange(10, dtype=np.uint8), 7000)
    images = np.zeros((70_000, 784), np.uint8)
    images[59_999, 3], images[60_000, 4] = 200, 201
    (tmp_path / "openml.npz").write_bytes(npz(data=images, target=labels))
    train, test = (load_digits(tmp_path / "openml.npz", split) for split in ("train", "test"))
    assert (len(train), len(test)) == (60_000, 10_000)
    assert (train.images[-1].max(), test.images[0].max()) == (200, 201)
    assert "first 60,000" in test.notes[0]


def test_several_sets_are_named_and_none_is_taken(tmp_path: Path) -> None:
    written(tmp_path, {f"{who}/raw/{name}": data for who in ("mine", "yours") for name, data in mnist().items()})
    with pytest.raises(InputError, match=r"several sets: mine/raw/t10k.*, yours/raw/t10k"):
        load_digits(tmp_path)


@pytest.mark.parametrize(
    ("split", "names"),
    [
        (
            "test",
            "test x_test Xtest t10k-images mnist_test.csv imagesTest TestSet testing a/test/b test-00000",
        ),
        ("train", "train training y_train trainingSet labelsTrain digits/Train"),
        ("validation", "val valid validation x_val digits/valid"),
        ("", "images latest contest values valley strain retrain digits_0 X"),
    ],
)
def test_names_tell_the_split(split: str, names: str) -> None:
    assert {name: split_of(name) for name in names.split()} == dict.fromkeys(names.split(), split)

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mnist_bench.base.errors import InputError
from mnist_bench.digits.drawing import Drawing, drawing_from_json
from mnist_bench.digits.kept import KeptAnswer, KeptDrawing, KeptDrawings, search

LINE = Drawing(280, 280, 20, (((140.0, 40.0), (140.0, 240.0)),))
NOON = datetime(2025, 6, 1, 12, 0, tzinfo=UTC)
SEVEN = KeptAnswer("PyTorch fp32", 7, 0.75)
ONE = KeptAnswer("QNNPACK int8", 1, 0.5)


@pytest.fixture
def kept(tmp_path: Path) -> KeptDrawings:
    return KeptDrawings(tmp_path / "data" / "drawings")


def test_an_empty_or_missing_folder_holds_nothing(kept: KeptDrawings) -> None:
    assert (kept.list().drawings, kept.list().unreadable) == ((), 0)
    assert not kept.folder.exists()


def test_drawings_are_listed_newest_first_with_all_that_was_kept(kept: KeptDrawings) -> None:
    old = kept.add(LINE, [SEVEN, ONE], NOON)
    new = kept.add(LINE, [], NOON + timedelta(microseconds=1))
    assert KeptDrawings(kept.folder).list().drawings == (new, old)
    assert (old.answers, old.time, old.label) == ((SEVEN, ONE), NOON, None)


def test_without_a_time_it_is_now(kept: KeptDrawings) -> None:
    before = datetime.now(UTC)
    assert before <= kept.add(LINE).time <= datetime.now(UTC)


def test_a_label_can_be_given_changed_and_taken_back(kept: KeptDrawings) -> None:
    drawing = kept.add(LINE, [ONE], NOON)
    for label in (1, 7, None):
        assert kept.set_label(drawing.id, label).label == label
        (listed,) = kept.list().drawings
        assert (listed.label, listed.id, listed.time, listed.answers) == (label, drawing.id, NOON, (ONE,))


def test_a_deleted_drawing_can_be_put_back(kept: KeptDrawings) -> None:
    first, second = kept.add(LINE, [ONE], NOON), kept.add(LINE, [], NOON + timedelta(seconds=1))
    deleted = kept.delete(first.id)
    assert kept.list().drawings == (second,)
    with pytest.raises(InputError):
        kept.delete(first.id)
    assert replace(kept.restore(deleted), stamp=first.stamp) == first
    assert [one.id for one in kept.list().drawings] == [second.id, first.id]
    assert kept.drawing(first.id) == LINE


def test_its_file_opens_as_a_drawing(kept: KeptDrawings) -> None:
    drawing = kept.add(LINE, [SEVEN])
    assert drawing_from_json((kept.folder / f"{drawing.id}.json").read_bytes()) == LINE


def test_what_cannot_be_read_is_counted_and_left_alone(kept: KeptDrawings) -> None:
    good = kept.add(LINE, [SEVEN], NOON)
    text = (kept.folder / f"{good.id}.json").read_text()
    damaged = {
        "drawing-1.json": "",
        "drawing-2.json": text[:-9],
        "drawing-3.json": text.replace("2025", "99999"),
        "drawing-4.json": text.replace("0.75", "7.5"),
        "drawing-5.json": text.replace('"digit":7', '"digit":70'),
        "drawing-6.json": json.dumps({**json.loads(text), "answers": 7}),
        "drawing-7.json": json.dumps({**json.loads(text), "answers": [[]]}),
        "drawing-8.json": json.dumps({**json.loads(text), "time": None}),
        "drawing-9.json": text.replace("2025-06-01T12:00:00+00:00", "0001-01-01T00:00:00+14:00"),
    }
    for name, content in damaged.items():
        (kept.folder / name).write_text(content)
    (kept.folder / "drawing-folder.json").mkdir()
    (kept.folder / "notes.txt").write_text("not ours")
    listed = kept.list()
    assert (listed.drawings, listed.unreadable) == ((good,), len(damaged) + 1)
    assert (kept.folder / "drawing-2.json").read_text() == damaged["drawing-2.json"]


@pytest.mark.parametrize("id_", ["", "../drawing-1", "drawing-/../../secret", "notes", "drawing-missing"])
def test_an_id_that_is_not_one_reaches_no_file(id_: str, kept: KeptDrawings) -> None:
    kept.add(LINE)
    (kept.folder / "notes.json").write_bytes((next(kept.folder.iterdir())).read_bytes())
    with pytest.raises(InputError):
        kept.delete(id_)
    assert (kept.folder / "notes.json").exists()


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="cannot be"):
        KeptDrawings(tmp_path / "file").add(LINE)


def described(label: int | None, *answers: KeptAnswer) -> KeptDrawing:
    return KeptDrawing("drawing-x", label, NOON, answers)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", [0, 1, 2, 3]),
        ("1", [0, 2]),
        ("7", [1, 3]),
        ("unlabelled", [2, 3]),
        ("wrong", [0]),
        ("Right", [1]),
        ("qnnpack", [0, 2]),
        ("pytorch 7", [1, 3]),
        ("2025-0", [0, 1, 2, 3]),
        ("nothing", []),
    ],
)
def test_search(text: str, found: list[int]) -> None:
    drawings = [described(1, SEVEN, ONE), described(7, SEVEN), described(None, ONE), described(None, SEVEN)]
    assert [drawings.index(kept) for kept in search(drawings, text)] == found

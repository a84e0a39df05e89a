"""Tables as people read them."""

from mnist_bench.cli.tables import table


def test_numbers_stand_right_and_text_stands_left() -> None:
    text = table(("backend", "digit"), [("torch-fp32", "7"), ("qnnpack-int8", "10")], numbers=(1,), indent="  ")
    assert text.splitlines() == [
        "  backend       digit",
        "  torch-fp32        7",
        "  qnnpack-int8     10",
    ]


def test_a_table_without_rows_is_its_titles() -> None:
    assert table(("a", "b"), []) == "a  b"

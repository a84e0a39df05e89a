from pathlib import Path

import pytest
from mnist_bench.gui.settings import Settings
from PySide6.QtCore import QByteArray, QSettings


def settings_in(path: Path) -> Settings:
    return Settings(QSettings(str(path), QSettings.Format.IniFormat))


def test_values_come_back_in_another_session(tmp_path: Path) -> None:
    path = tmp_path / "settings.ini"
    first = settings_in(path)
    first.put("pen/width", 24.5)
    first.put("model", "C:\\digits, more @Variant.safetensors")
    first.put("backends", ("torch-fp32", "qnnpack-int8:torchscript"))
    first.put("live", False)
    first.put("window/geometry", QByteArray(b"\x00\x01\xff"))
    first.put("none", ())
    first.flush()

    second = settings_in(path)
    assert second.number("pen/width", 20, 8, 40) == 24.5
    assert second.text("model") == "C:\\digits, more @Variant.safetensors"
    assert second.texts("backends") == ("torch-fp32", "qnnpack-int8:torchscript")
    assert second.flag("live", True) is False
    assert second.data("window/geometry").data() == b"\x00\x01\xff"
    assert second.texts("none", ("default",)) == ()


def test_what_is_not_there_is_the_default(tmp_path: Path) -> None:
    settings = settings_in(tmp_path / "settings.ini")
    assert settings.number("pen/width", 20, 8, 40) == 20
    assert settings.text("scheme", "system") == "system"
    assert settings.texts("backends", ["a"]) == ("a",)
    assert settings.flag("live", True) is True
    assert settings.data("window/geometry").isEmpty()


@pytest.mark.parametrize(
    "value",
    [
        "a, b, c",
        "@Variant(\\0\\0\\0\\x7f\\0\\0\\0\\x12Unknown\\0)",
        "@ByteArray(\\x1)",
        "@Rect(1 2 3 4)",
        "nan",
        "1e999",
        "999",
        "-1",
        "\\xd800",
        "%%%",
        '"unterminated',
        "",
    ],
)
@pytest.mark.qt_log_ignore("QVariant::load")  # Qt's own remark about one of them
def test_unreadable_values_are_the_default(tmp_path: Path, value: str) -> None:
    path = tmp_path / "settings.ini"
    path.write_bytes(f"[General]\nkey={value}\n".encode())
    settings = settings_in(path)
    assert settings.number("key", 20, 8, 40) == 20
    assert settings.text("key", "dark", among=("dark", "light")) == "dark"
    assert settings.flag("key", True) is True
    assert isinstance(settings.texts("key"), tuple)
    assert isinstance(settings.data("key"), QByteArray)


def test_a_file_that_is_no_settings_file_is_survived_and_replaced(tmp_path: Path) -> None:
    path = tmp_path / "settings.ini"
    path.write_bytes(bytes(range(256)) * 20)
    settings = settings_in(path)
    assert settings.text("scheme", "system") == "system"
    settings.put("scheme", "dark")
    assert settings.text("scheme") == "dark"


def test_by_default_it_uses_the_persons_own_place(own_folders: Path) -> None:
    settings = Settings()
    settings.put("scheme", "dark")
    settings.flush()
    assert list(own_folders.rglob("mnist-bench*.ini"))
    assert Settings().text("scheme") == "dark"

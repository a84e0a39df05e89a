"""An engine's library brought to a real adbd beside the runner that opens it; the runner is a script."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from mnist_bench.base.bytes import sha256_hex
from mnist_bench.base.errors import Cancelled, MnistBenchError
from mnist_bench.base.locations import LIBRARY_RUNNER, NATIVE_RUNNER
from mnist_bench.devices import libraries
from mnist_bench.devices.device import NeededLibrary
from mnist_bench.devices.errors import RunnerUnavailable
from mnist_bench.devices.libraries import Library
from mnist_bench.devices.phone.adb import Adb
from mnist_bench.devices.phone.deploy import Deployed, deploy, deploy_all, remove
from mnist_bench.devices.phone.errors import NotDeployable, PhoneError, PhoneFull
from mnist_bench.devices.phone.folder import FOLDER
from mnist_bench.devices.phone.transport import open_runner
from tests.devices.phone.conftest import Ship
from tests.phone.adb_server import AdbServer
from tests.phone.fixtures import MakePhone
from tests.phone.virtual_phone import VirtualPhone, wait_until

pytestmark = pytest.mark.phone

ABI = "android-arm64-v8a"
LITERT = NeededLibrary("litert", "LiteRT", (ABI,))
CONTENT = os.urandom(400_000)  # several packets, of which no part can be left out unseen
FILES = ["litert.so", LIBRARY_RUNNER]

Install = Callable[..., Library]


@pytest.fixture(autouse=True)
def install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Install:
    """Puts a library into a store of this test's own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))

    def install(content: bytes = CONTENT, version: str = "1.0") -> Library:
        library = Library("litert", ABI, version, "liblitert-lm.so", sha256_hex(content), "a package", "a licence")
        with libraries.changing() as temporary:
            libraries.put(temporary, library, content, {})
        return library

    return install


def bring(adb: Adb, phone: VirtualPhone, on_bytes: Callable[[int, int], None] = lambda _done, _total: None) -> Deployed:
    return deploy(adb, phone.serial, on_bytes, name=LIBRARY_RUNNER, library=LITERT)


def on(phone: VirtualPhone, name: str) -> Path:
    return phone.root / FOLDER[1:] / name


def test_it_is_sent_once_closed_to_others_and_again_only_when_it_changes(
    phone: VirtualPhone, own_adb: Adb, ship: Ship, install: Install
) -> None:
    script, library = ship("exec cat"), install()
    told: list[tuple[int, int]] = []
    first = bring(own_adb, phone, lambda done, total: told.append((done, total)))
    size = len(script) + len(CONTENT)
    assert first == Deployed(f"{FOLDER}/{LIBRARY_RUNNER}", "android-arm64-v8a", True, size, library)
    assert told[-1] == (len(CONTENT), len(CONTENT))
    assert phone.files() == FILES
    assert on(phone, "litert.so").read_bytes() == CONTENT
    assert on(phone, ".").stat().st_mode & 0o777 == 0o700
    assert bring(own_adb, phone).pushed is False
    newer = CONTENT[::-1]
    install(newer, "1.1")
    assert bring(own_adb, phone).pushed is True
    assert on(phone, "litert.so").read_bytes() == newer
    assert phone.files() == FILES
    assert remove(own_adb, phone.serial) is True
    assert phone.files(".") == []


def test_the_runner_is_started_with_the_library_that_was_hashed(
    phone: VirtualPhone, own_adb: Adb, ship: Ship, install: Install
) -> None:
    ship('echo "$@"; exec sha256sum "$2"')
    library = install()
    bring(own_adb, phone)
    on(phone, "litert.so").write_bytes(CONTENT[:-1] + b"?")  # changed since then
    transport = open_runner(phone.serial, "Pixel", ("--threads", "1"), own_adb, program=LIBRARY_RUNNER, library=LITERT)
    said = transport.read(1 << 16).decode()
    transport.close(5)
    path = f"{FOLDER}/litert.so"
    assert said.splitlines()[0] == f"litert {path} --engine-version 1.0 --threads 1"
    assert said.splitlines()[1].split() == [library.sha256, path]


@pytest.mark.parametrize("at", [1, 3, 5])
def test_a_cut_leaves_nothing_that_is_used_and_the_next_deploy_starts_again(
    phone: VirtualPhone, adb: AdbServer, own_adb: Adb, ship: Ship, install: Install, at: int
) -> None:
    ship("exec cat")
    install(b"older")
    bring(own_adb, phone)
    install()
    told: list[int] = []

    def cut(done: int, _total: int) -> None:
        told.append(done)
        if len(told) == at:
            phone.unplug()

    with pytest.raises(PhoneError) as caught:
        bring(own_adb, phone, cut)
    assert caught.value.advice
    assert on(phone, "litert.so").read_bytes() == b"older"
    phone.boot()
    adb("disconnect", phone.serial)
    adb("connect", phone.serial)
    assert bring(own_adb, phone).pushed is True
    assert on(phone, "litert.so").read_bytes() == CONTENT
    assert phone.files() == FILES


def test_a_cancel_half_way_leaves_nothing_that_is_used(
    phone: VirtualPhone, own_adb: Adb, ship: Ship, install: Install
) -> None:
    ship("exec cat")
    install()
    told: list[int] = []
    with pytest.raises(Cancelled):
        bring(own_adb.cancelled_by(lambda: len(told) >= 4), phone, lambda done, _: told.append(done))
    assert "litert.so" not in phone.files()
    assert bring(own_adb, phone).pushed is True
    wait_until(lambda: phone.files() == FILES)


def test_a_phone_without_room_is_told_before_anything_of_it_is_sent(
    phone: VirtualPhone, own_adb: Adb, ship: Ship, install: Install, monkeypatch: pytest.MonkeyPatch
) -> None:
    ship("exec cat")
    install()
    sent: list[str] = []
    push = own_adb.push

    def note(serial: str, data: bytes, path: str, **options: object) -> None:
        sent.append(path)
        push(serial, data, path, **options)  # type: ignore[arg-type]  # its own options, passed on

    monkeypatch.setattr(own_adb, "push", note)
    with (
        phone.with_storage("size=200k"),
        pytest.raises(
            PhoneFull, match=r"0 free|[0-9] kB free in /data/local/tmp, and litert\.so needs 400 kB"
        ) as caught,
    ):
        bring(own_adb, phone)
    assert not [path for path in sent if "litert" in path]
    assert caught.value.advice == "Free some space on the phone."


@pytest.mark.parametrize(
    ("property_name", "value", "error", "words"),
    [
        ("ro.build.version.sdk", "23", NotDeployable, r"LiteRT needs Android 7 or later; \S+ has Android 14\."),
        ("ro.product.cpu.abilist", "x86_64,arm64-v8a", NotDeployable, "There is no LiteRT for .* x86_64, arm64-v8a"),
        ("ro.product.cpu.abilist", "armeabi-v7a", NotDeployable, "There is no LiteRT for .* armeabi-v7a"),
        ("ro.product.cpu.abilist", "arm64-v8a", RunnerUnavailable, "LiteRT for .* is not installed"),
    ],
)
def test_a_phone_that_cannot_have_it_is_told_why(
    make_phone: MakePhone,
    adb: AdbServer,
    own_adb: Adb,
    ship: Ship,
    install: Install,
    property_name: str,
    value: str,
    error: type[MnistBenchError],
    words: str,
) -> None:
    ship("exec cat")
    if error is NotDeployable:
        install()
    phone = make_phone(connected=True)
    properties = {"ro.build.version.release": "14", "ro.product.cpu.abilist": "arm64-v8a", property_name: value}
    lines = "".join(f"{name}={value}\n" for name, value in properties.items())
    (phone.root / "system/build.prop").write_text(lines)
    with pytest.raises(error, match=words) as caught:
        bring(own_adb, phone)
    assert caught.value.advice
    assert phone.files() == []


def test_deploying_brings_what_is_installed_for_the_phone(
    phone: VirtualPhone, own_adb: Adb, ship: Ship, install: Install
) -> None:
    ship("exec cat")
    library = install()
    own, engines = deploy_all(own_adb, phone.serial)
    assert (own.program, engines) == (f"{FOLDER}/{NATIVE_RUNNER}", (library,))
    assert phone.files() == sorted([*FILES, NATIVE_RUNNER])
    (phone.root / "system/build.prop").write_text("ro.build.version.sdk=23\nro.product.cpu.abilist=arm64-v8a\n")
    assert deploy_all(own_adb, phone.serial) == (Deployed(own.program, own.abi, False, own.bytes), ())

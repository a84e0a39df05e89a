"""Whatever happens to a phone, what is asked of it next works again within 3 s of the cause being gone."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import pytest

from mnist_bench.base.locations import NATIVE_RUNNER
from mnist_bench.devices.phone.adb import Adb
from mnist_bench.devices.phone.deploy import deploy
from mnist_bench.devices.phone.errors import PhoneError, PhoneFull, PhoneUnauthorized
from mnist_bench.devices.phone.states import PhoneState
from mnist_bench.devices.phone.transport import AdbTransport, open_runner
from mnist_bench.network.bundled import load_network
from mnist_bench.network.network import Precision
from mnist_bench.network.wire import encode_network
from mnist_bench.protocol.frames import Frame, answer_kind, encode_frame, read_frame
from mnist_bench.protocol.messages import TimeRequest
from mnist_bench.protocol.tables import MAX_ANSWER, Kind
from tests.devices.phone.conftest import Listening
from tests.phone.adb_server import AdbServer
from tests.phone.fixtures import MakePhone
from tests.phone.virtual_phone import VirtualPhone, wait_until

pytestmark = pytest.mark.phone

RIGHT_AGAIN_SECONDS = 3.0


@pytest.fixture
def followed(make_phone: MakePhone, own_adb: Adb, following: Listening) -> VirtualPhone:
    """A phone connected by hand, which is followed."""
    phone = make_phone()
    own_adb.connect(phone.serial)
    following.wait_for_state(phone.serial, PhoneState.DEVICE)
    return phone


@contextmanager
def in_time() -> Iterator[None]:
    """What is done here takes no longer than a phone may take to be right again."""
    began = time.monotonic()
    yield
    assert time.monotonic() - began < RIGHT_AGAIN_SECONDS


def answers(phone: VirtualPhone, adb: Adb) -> bool:
    """Whether a runner that is opened now says who it is."""
    transport = open_runner(phone.serial, "Pixel 7", adb=adb)
    transport.write(encode_frame(Frame(Kind.HELLO, 1, b"")))
    answer = read_frame(transport, MAX_ANSWER)
    transport.close(0)
    return answer is not None and answer.kind == answer_kind(Kind.HELLO)


def busy_runner(phone: VirtualPhone, adb: Adb) -> AdbTransport:
    """A runner in the middle of a long `time`."""
    transport = open_runner(phone.serial, "Pixel 7", adb=adb)
    transport.write(encode_frame(Frame(Kind.LOAD, 1, encode_network(load_network("digits-cnn"), Precision.FP32))))
    assert read_frame(transport, MAX_ANSWER) is not None
    transport.write(encode_frame(Frame(Kind.TIME, 2, TimeRequest(np.zeros((28, 28), np.uint8), 0, 100_000).encode())))
    return transport


def waiting_read(transport: AdbTransport, cause: Callable[[], None]) -> bytes:
    """What a read that waits for an answer brings while something happens."""
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append(transport.read(16)))
    reader.start()
    cause()
    reader.join(10)
    assert read, "The read still waits."
    return read[0]


def test_unplugged_while_deploying(followed: VirtualPhone, own_adb: Adb, following: Listening) -> None:
    with pytest.raises(PhoneError):
        deploy(own_adb, followed.serial, lambda _done, _total: followed.unplug())
    assert NATIVE_RUNNER not in followed.files()
    following.wait_for(lambda: following.state(followed.serial) is not PhoneState.DEVICE)
    followed.boot()
    with in_time():
        following.wait_for_state(followed.serial, PhoneState.DEVICE)
        assert answers(followed, own_adb)


def test_unplugged_while_it_computes(followed: VirtualPhone, own_adb: Adb, following: Listening) -> None:
    transport = busy_runner(followed, own_adb)
    assert waiting_read(transport, followed.unplug) == b""
    assert transport.end().unreachable
    transport.close(0)
    following.wait_for(lambda: following.state(followed.serial) is not PhoneState.DEVICE)
    followed.boot()
    with in_time():
        following.wait_for_state(followed.serial, PhoneState.DEVICE)
        assert answers(followed, own_adb)
    wait_until(lambda: followed.commands() == [], 1)


def test_the_server_killed_while_a_phone_computes(
    followed: VirtualPhone, own_adb: Adb, following: Listening, adb: AdbServer
) -> None:
    transport = busy_runner(followed, own_adb)
    assert waiting_read(transport, adb.kill) == b""
    assert transport.end().unreachable
    with in_time():
        following.wait_for(lambda: len(following.troubles) == 2)  # that it ended, and that it is back
        following.wait_for_state(followed.serial, PhoneState.DEVICE)
        assert answers(followed, own_adb)
    transport.close(0)
    wait_until(lambda: followed.commands() == [], 5)


def test_the_runner_killed_while_it_computes(followed: VirtualPhone, own_adb: Adb) -> None:
    transport = busy_runner(followed, own_adb)
    assert waiting_read(transport, lambda: followed.end_programs(NATIVE_RUNNER)) == b""
    end = transport.end()
    assert end.words == "was killed by signal 9 (Killed), as a system does that runs out of memory"
    assert not end.unreachable
    transport.close(0)
    with in_time():
        assert answers(followed, own_adb)


def test_the_disk_full_and_then_not(followed: VirtualPhone, own_adb: Adb) -> None:
    with followed.with_storage("size=40k"), pytest.raises(PhoneFull):
        answers(followed, own_adb)
    with in_time():
        assert answers(followed, own_adb)


def test_two_phones_and_one_unplugged(
    followed: VirtualPhone, make_phone: MakePhone, own_adb: Adb, following: Listening
) -> None:
    other = make_phone()
    own_adb.connect(other.serial)
    first, second = busy_runner(followed, own_adb), open_runner(other.serial, "Other", adb=own_adb)
    assert waiting_read(first, followed.unplug) == b""
    second.write(encode_frame(Frame(Kind.HELLO, 1, b"")))
    answer = read_frame(second, MAX_ANSWER)
    assert answer is not None
    assert answer.number == 1
    followed.boot()
    with in_time():
        following.wait_for_state(followed.serial, PhoneState.DEVICE)
        assert answers(followed, own_adb)
    assert following.state(other.serial) is PhoneState.DEVICE
    first.close(0)
    second.close(0)


def test_a_phone_that_is_allowed_after_all(
    secure_phone: VirtualPhone, own_adb: Adb, following: Listening, adb: AdbServer
) -> None:
    adb("connect", secure_phone.serial)
    following.wait_for_state(secure_phone.serial, PhoneState.UNAUTHORIZED)
    with pytest.raises(PhoneUnauthorized, match="tap Allow"):
        answers(secure_phone, own_adb)
    secure_phone.allow()
    with in_time():
        following.wait_for_state(secure_phone.serial, PhoneState.DEVICE)
        assert answers(secure_phone, own_adb)


def test_out_of_reach_for_a_while(followed: VirtualPhone, own_adb: Adb) -> None:
    """As without Wi-Fi: nobody hangs up, nothing comes."""
    transport = busy_runner(followed, own_adb)
    with followed.frozen():
        assert waiting_read(transport, transport.abort) == b""  # as a deadline does
        assert transport.end().unreachable
    transport.close(0)
    with in_time():
        assert answers(followed, own_adb)

"""What phones tell of themselves, of several makes and Android versions, and what damaged or hostile ones do."""

import random
from pathlib import Path

import pytest

from mnist_bench.devices.phone.adb import Adb
from mnist_bench.devices.phone.cores import Core
from mnist_bench.devices.phone.facts import parse_condition, parse_facts, read_condition, read_facts
from tests.phone.virtual_phone import VirtualPhone

MARK = "=== mnist-bench ==="
POLICY = "/sys/devices/system/cpu/cpufreq/policy"

PIXEL_7 = f"""[ro.build.version.release]: [14]
[ro.build.version.sdk]: [34]
[ro.product.cpu.abilist]: [arm64-v8a]
[ro.product.manufacturer]: [Google]
[ro.product.model]: [Pixel 7]
[ro.soc.model]: [GS201]
[ro.hardware]: [panther]
{MARK}
/proc/cpuinfo:processor\t: 0
/proc/cpuinfo:BogoMIPS\t: 49.15
/proc/cpuinfo:Features\t: fp asimd evtstrm aes pmull sha1 sha2 crc32 atomics fphp asimdhp asimdrdm dcpop asimddp
/proc/cpuinfo:CPU implementer\t: 0x41
/proc/cpuinfo:CPU part\t: 0xd05
/proc/cpuinfo:processor\t: 6
/proc/cpuinfo:CPU implementer\t: 0x41
/proc/cpuinfo:CPU part\t: 0xd44
/sys/devices/system/cpu/present:0-7
{POLICY}0/related_cpus:0 1 2 3
{POLICY}4/related_cpus:4 5
{POLICY}6/related_cpus:6 7
{POLICY}0/cpuinfo_max_freq:1803000
{POLICY}4/cpuinfo_max_freq:2348000
{POLICY}6/cpuinfo_max_freq:2850000
{POLICY}0/scaling_cur_freq:574000
{POLICY}6/scaling_cur_freq:2850000
"""

ANDROID_5 = f"""[ro.build.version.release]: [5.1.1]\r
[ro.build.version.sdk]: [22]\r
[ro.product.cpu.abi]: [armeabi-v7a]\r
[ro.product.manufacturer]: [samsung]\r
[ro.product.model]: [SM-J320F]\r
[ro.board.platform]: [sc8830]\r
{MARK}\r
/proc/cpuinfo:Processor\t: ARMv7 Processor rev 5 (v7l)\r
/proc/cpuinfo:processor\t: 0\r
/proc/cpuinfo:processor\t: 1\r
/proc/cpuinfo:Features\t: swp half thumb fastmult vfp edsp neon vfpv3\r
/proc/cpuinfo:CPU implementer\t: 0x41\r
/proc/cpuinfo:CPU part\t: 0xc07\r
"""

BATTERY_14 = """Current Battery Service state:
  AC powered: false
  USB powered: true
  Max charging current: 500000
  status: 2
  health: 2
  present: true
  level: 87
  scale: 100
  voltage: 4233
  temperature: 283
  technology: Li-ion
"""
THERMAL_14 = """IsStatusOverride: false
ThermalEventListeners:
\tcallbacks: 3
Thermal Status: 1
Cached temperatures:
\tTemperature{mValue=41.0, mType=3, mName=VIRTUAL-SKIN, mStatus=1}
HAL Ready: true
Current temperatures from HAL:
\tTemperature{mValue=55.5, mType=0, mName=BIG, mStatus=0}
\tTemperature{mValue=36.24, mType=3, mName=VIRTUAL-SKIN, mStatus=0}
Current cooling devices from HAL:
"""


def test_a_new_phone_tells_everything() -> None:
    facts = parse_facts(PIXEL_7)
    assert (facts.maker, facts.model, facts.soc, facts.android, facts.sdk) == ("Google", "Pixel 7", "GS201", "14", 34)
    assert facts.abis == ("arm64-v8a",)
    assert facts.features == ("asimd", "asimddp", "asimdhp")
    assert not facts.emulated
    assert [core.number for core in facts.cores] == list(range(8))
    assert facts.cores[0] == Core(0, 1803, 574, "Cortex-A55")
    assert facts.cores[5] == Core(5, 2348, None, None)
    assert facts.cores[6] == Core(6, 2850, 2850, "Cortex-X1")


def test_an_old_phone_tells_less() -> None:
    facts = parse_facts(ANDROID_5)
    assert (facts.maker, facts.model, facts.soc) == ("samsung", "SM-J320F", "sc8830")
    assert (facts.android, facts.sdk, facts.abis) == ("5.1.1", 22, ("armeabi-v7a",))
    assert facts.cores == (Core(0), Core(1, name="Cortex-A7"))
    assert facts.features == ("neon",)


def test_an_emulator_is_told_from_a_phone() -> None:
    assert parse_facts(f"[ro.boot.qemu]: [1]\n{MARK}\n").emulated
    translated = parse_facts(
        f"[ro.product.cpu.abilist]: [arm64-v8a]\n{MARK}\n/proc/cpuinfo:vendor_id : X\n/proc/cpuinfo:flags : avx2\n"
    )
    assert translated.emulated
    assert translated.features == ()


def test_a_condition_is_read() -> None:
    condition = parse_condition(f"{BATTERY_14}{MARK}\n{THERMAL_14}{MARK}\n{PIXEL_7.partition(MARK)[2]}")
    assert (condition.battery_percent, condition.battery_celsius, condition.charging) == (87, 28.3, True)
    assert (condition.thermal_status, condition.thermal_words) == (1, "warm")
    assert condition.skin_celsius == 36.2
    assert condition.cores[7] == Core(7, 2850, 2850)


@pytest.mark.parametrize(
    ("battery", "percent", "charging"),
    [
        ("level: 1\nscale: 2\nstatus: 3\n", 50, False),
        ("level: 101\n", None, None),
        ("level: -1\nstatus: 1\n", None, None),
        ("level: lots\nstatus: 5", None, False),
        ("", None, None),
    ],
)
def test_what_a_battery_does_not_tell_is_not_made_up(battery: str, percent: int | None, charging: bool | None) -> None:
    condition = parse_condition(battery)
    assert (condition.battery_percent, condition.charging) == (percent, charging)
    assert condition.thermal_status is None
    assert condition.thermal_words is None


def test_absurd_clocks_and_cores_are_left_out() -> None:
    lines = (
        f"{POLICY}0/related_cpus:0-99999999 x -3 ²",
        f"{POLICY}0/cpuinfo_max_freq:99999999999999",
        f"{POLICY}0/scaling_cur_freq:0",
        "/proc/cpuinfo:processor : 123456789",
        f"/proc/cpuinfo:processor : {'9' * 5000}",
        f"/sys/devices/system/cpu/present:{'9' * 5000},0-{'9' * 5000}",
    )
    facts = parse_facts(f"{MARK}\n" + "\n".join(lines))
    assert len(facts.cores) == 256
    assert {(core.max_mhz, core.now_mhz) for core in facts.cores} == {(None, None)}


def test_a_name_is_one_short_line() -> None:
    model = parse_facts(f"[ro.product.model]: [\x1b[31m Evil\u202e\tPhone {'x' * 1000}]\n").model
    assert model is not None
    assert model.isprintable()
    assert len(model) <= 100


def test_mutated_texts_are_read_without_an_error(cases: int) -> None:
    chance = random.Random(3)  # noqa: S311 - nothing secret
    sources = (PIXEL_7, ANDROID_5, f"{BATTERY_14}{MARK}{THERMAL_14}{MARK}{PIXEL_7}")
    for _ in range(cases):
        text = list(chance.choice(sources))
        for _ in range(chance.randrange(1, 12)):
            at = chance.randrange(len(text))
            match chance.randrange(3):
                case 0:
                    text[at] = chance.choice("\0:=-9²\n]{\ud800" + "é")
                case 1:
                    del text[at : at + chance.randrange(40)]
                case _:
                    text[at:at] = text[at : at + 30] * chance.randrange(4)
        parse_facts("".join(text))
        parse_condition("".join(text))


@pytest.mark.phone
def test_a_phone_is_asked_for_all_at_once(phone: VirtualPhone, own_adb: Adb, tmp_path: Path) -> None:
    (phone.root / "battery").write_text(BATTERY_14)
    (phone.root / "thermalservice").write_text(THERMAL_14)
    phone.install("dumpsys", 'cat "/$1"')
    facts, condition = read_facts(own_adb, phone.serial), read_condition(own_adb, phone.serial)
    assert (facts.maker, facts.model, facts.soc, facts.android, facts.sdk) == ("Google", "Pixel 7", "GS201", "14", 34)
    assert facts.emulated
    assert len(facts.cores) >= 1
    assert (condition.battery_percent, condition.thermal_status, condition.skin_celsius) == (87, 1, 36.2)


@pytest.mark.phone
def test_a_phone_without_dumpsys_tells_what_it_can(phone: VirtualPhone, own_adb: Adb) -> None:
    condition = read_condition(own_adb, phone.serial)
    assert (condition.battery_percent, condition.thermal_status) == (None, None)

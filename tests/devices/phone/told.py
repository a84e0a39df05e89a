"""What a phone could tell of itself."""

from mnist_bench.devices.phone.facts import Core, PhoneCondition, PhoneFacts

_CORES = (
    *(Core(number, 1803, 300 + 50 * number, "Cortex-A55") for number in range(4)),
    *(Core(number, 2348, 400, "Cortex-A78") for number in (4, 5)),
    Core(6, 2850, 2850, "Cortex-X1"),
)
FACTS = PhoneFacts(
    maker="Google",
    model="Pixel 7",
    soc="GS201",
    android="14",
    sdk=34,
    abis=("arm64-v8a", "armeabi-v7a"),
    cores=_CORES,
    features=("fp", "asimd", "asimddp"),
)
CONDITION = PhoneCondition(battery_percent=81, battery_celsius=31.5, charging=True, thermal_status=0, cores=_CORES)


def some_facts(*cores: Core) -> PhoneFacts:
    """Facts of a phone that tells of nothing but these cores."""
    return PhoneFacts(cores=cores)

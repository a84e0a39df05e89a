"""What `classify` says beside its answers."""

from mnist_bench.cli.classify import sizes_text
from mnist_bench.protocol.loading import LoadResult


def test_a_small_runner_has_its_memory_in_kilobytes_and_one_that_does_not_tell_has_none() -> None:
    assert sizes_text(LoadResult(1, 6_840, 412_000)) == "network 6.84 kB, runner's peak memory 412 kB"
    assert sizes_text(LoadResult(1, 6_840, 0)) == "network 6.84 kB"

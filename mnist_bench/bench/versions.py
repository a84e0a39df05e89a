"""The versions in which engines were measured: other ones of the same engine make figures that are not comparable."""

from collections.abc import Iterable

Engine = tuple[str, str]
"""Its title and version."""


def by_title(engines: Iterable[Engine | None]) -> dict[str, tuple[str, ...]]:
    """The versions by the engine's title, each once, in order; None for a backend that told none."""
    told = [engine for engine in dict.fromkeys(engines) if engine is not None]
    return {title: tuple(version for other, version in told if other == title) for title, _ in told}


def sentences(engines: Iterable[Engine | None]) -> list[str]:
    """One for each engine that was measured in several versions."""
    return [
        f"{title} was measured in different versions: {' and '.join(versions)}."
        for title, versions in by_title(engines).items()
        if len(versions) > 1
    ]

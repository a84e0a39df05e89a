"""What the window remembers, in the system's own place; a value that cannot be read is as good as none."""

import base64
import binascii
import contextlib
import math
from collections.abc import Collection, Iterable

from PySide6.QtCore import QByteArray, QSettings

_ORGANIZATION = "mnist-bench"
_APPLICATION = "mnist-bench"


class Settings:
    """Typed values by key ("pen/width"), each with a default for when it is missing or unreadable.

    Everything is stored as text, so that a file that another version or a person's hand wrote cannot surprise.
    """

    def __init__(self, store: QSettings | None = None) -> None:
        self._store = store or QSettings(
            QSettings.defaultFormat(), QSettings.Scope.UserScope, _ORGANIZATION, _APPLICATION
        )

    def text(self, key: str, default: str = "", *, among: Collection[str] | None = None) -> str:
        """A text; `among` lists the ones that are allowed."""
        value = self._raw(key)
        if value is None or (among is not None and value not in among):
            return default
        return value

    def texts(self, key: str, default: Iterable[str] = ()) -> tuple[str, ...]:
        """A list of texts."""
        value = self._raw(key)
        if value is None:
            return tuple(default)
        return tuple(value.split("\n")) if value else ()

    def number(self, key: str, default: float, low: float, high: float) -> float:
        """A number from `low` to `high`."""
        with contextlib.suppress(ValueError):
            value = float(self._raw(key) or "")
            if math.isfinite(value) and low <= value <= high:
                return value
        return default

    def flag(self, key: str, default: bool) -> bool:
        """Yes or no."""
        return {"true": True, "false": False}.get(self._raw(key) or "", default)

    def data(self, key: str) -> QByteArray:
        """Bytes, such as a window's geometry; empty if there are none."""
        with contextlib.suppress(binascii.Error, ValueError):
            return QByteArray(base64.b64decode(self._raw(key) or "", validate=True))
        return QByteArray()

    def put(self, key: str, value: str | float | bool | QByteArray | tuple[str, ...]) -> None:
        """Remember a value; texts of a list must not hold line breaks."""
        if isinstance(value, bool):
            text = "true" if value else "false"
        elif isinstance(value, QByteArray):
            text = base64.b64encode(value.data()).decode()
        elif isinstance(value, tuple):
            text = "\n".join(value)
        else:
            text = str(value)
        self._store.setValue(key, text)

    def flush(self) -> None:
        """Write now, instead of a little later."""
        self._store.sync()

    def _raw(self, key: str) -> str | None:
        try:
            value = self._store.value(key)
        except Exception:  # a stored value of a Qt type that Python cannot take raises various errors
            return None
        return value if isinstance(value, str) else None

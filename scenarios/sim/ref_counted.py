"""A state of the process that several holders share."""

import contextlib
from abc import ABC, abstractmethod
from collections.abc import Iterator


class RefCounted(ABC):
    """Begins with its first holder and ends with its last one."""

    _holders: int = 0

    @abstractmethod
    def begin(self) -> None:
        """Set up the state; called for the first holder."""

    @abstractmethod
    def end(self) -> None:
        """Undo `begin`; called after the last holder."""

    def hold(self) -> None:
        """Begin, unless it has begun."""
        if self._holders == 0:
            self.begin()
        self._holders += 1

    def release(self) -> None:
        """End, if this was the last holder."""
        self._holders -= 1
        if self._holders == 0:
            self.end()

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Hold it for a `with` block."""
        self.hold()
        try:
            yield
        finally:
            self.release()

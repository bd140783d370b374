"""What a process does once for several holders, from the first of them to the last."""

import contextlib
from abc import ABC, abstractmethod
from collections.abc import Iterator


class RefCounted(ABC):
    """Begins with its first holder and ends with its last."""

    _holders: int = 0

    @abstractmethod
    def begin(self) -> None:
        """Do it: the first holder has come."""

    @abstractmethod
    def end(self) -> None:
        """Undo it: the last holder has gone."""

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

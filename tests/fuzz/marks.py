"""The two accounts of the fuzzer: their keys, and the marks by which a byte of one is known at the other."""

from typing import Final

KEYS: Final = {"acme": "tml-key-of-acme", "globex": "tml-key-of-globex"}
MARKS: Final = {"acme": b"MARK-acme-7f3a", "globex": b"MARK-globex-91c2"}
OTHER: Final = {"acme": "globex", "globex": "acme"}

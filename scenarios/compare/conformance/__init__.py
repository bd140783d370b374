"""Conformance: what the user of a real SDK sees for every answer on every leg.

See docs/reference/protocol.md §4, measured.

`answers` and `places` are the table's axes, `stage` gives one answer at one place, `cell` plays one field of the table,
`page` writes what was found.
"""

"""Conformance: a real SDK against every answer on every leg, and what its user sees (PROTOCOL §4, measured anew).

`answers` and `places` are the table's axes, `stage` gives one answer at one place, `cell` plays one field of the table,
`page` writes what was found.
"""

"""JSON lines with the keys time, status, leg and, where they are known, replica, job, flags, body and took_s."""

from gateway_sim.scenarios.races.incidents.formats import FIELDS, Format, json_rows

json_lines = Format(
    lambda line: line.startswith("{"), json_rows, {**{name: (name,) for name in FIELDS}, "leg": ("leg", "path")}
)

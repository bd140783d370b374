"""Envoy's access log as text, in its own default format or in Istio's."""

from gateway_sim.scenarios.races.incidents.formats import text_format

envoy_text = text_format(
    r'\[(?P<time>\d{4}-[^\]]+)\] "\S+ (?P<leg>\S+)[^"]*" (?P<status>\d+) (?P<flags>\S+) '
    r'(?:(?P<body>[a-z]\S*|-) \S+ "[^"]*" )?\d+ \d+ (?P<took_ms>\d+|-)',
    '[2026-04-14T09:00:18.000Z] "POST /path HTTP/1.1" 200 - 10 20 35 ...',
    at_start=True,
)

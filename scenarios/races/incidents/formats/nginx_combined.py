"""The combined log of nginx and Apache; `rt=` or `request_time=` at the end of a line is the request's duration."""

from gateway_sim.scenarios.races.incidents.formats import text_format

nginx_combined = text_format(
    r'\S+ \S+ \S+ \[(?P<time>\d\d/\w{3}/\d{4}:[^\]]+)\] "\S+ (?P<leg>\S+)[^"]*" (?P<status>\d+)'
    r"(?:.*\b(?:rt|request_time)=(?P<took_s>[\d.]+))?",
    '10.0.0.1 - - [14/Apr/2026:09:00:18 +0000] "POST /path HTTP/1.1" 200 35 ...',
)

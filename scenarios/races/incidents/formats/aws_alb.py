"""The access log of an AWS Application Load Balancer; the load balancer's own status counts."""

from gateway_sim.scenarios.races.incidents.formats import text_format

aws_alb = text_format(
    r"(?:https?|h2|grpcs|wss?) (?P<time>\d{4}-\S+) \S+ \S+ \S+ \S+ (?P<took_s>\S+) \S+ (?P<status>\d+|-) \S+ \S+ \S+ "
    r'"\S+ (?P<leg>\S+)[^"]*"',
    'https 2026-04-14T09:00:18.000000Z app/name/id 10.0.0.1:4711 10.0.0.2:80 0 0.035 0 200 200 10 20 "POST https://...',
)

"""nginx's access log as JSON, with nginx's variables as keys."""

from gateway_sim.scenarios.races.incidents.formats import json_format

nginx_json = json_format(
    {"time_iso8601", "time_local", "msec", "request_uri", "request"},
    {
        "time": ("msec", "time_iso8601", "time_local", "@timestamp", "time"),
        "status": ("status",),
        "leg": ("request_uri", "uri", "request"),
        "replica": ("replica", "hostname", "pod"),
        "body": ("response_body",),
        "took_s": ("request_time",),
    },
)

"""Envoy's access log as JSON, with the keys of its own default and of Istio's."""

from gateway_sim.scenarios.races.incidents.formats import json_format

envoy_json = json_format(
    {"response_code", "response_flags"},
    {
        "time": ("start_time", "@timestamp", "timestamp", "time"),
        "status": ("response_code",),
        "leg": ("x-envoy-original-path", "path", ":path"),
        "replica": ("replica", "pod", "pod_name", "hostname"),
        "flags": ("response_flags",),
        "body": ("response_code_details",),
        "took_ms": ("duration",),
    },
    at_start=True,
)

"""The one account of the default world, its keys, and the job that is trained."""

from __future__ import annotations

ACCOUNT = "acme"
JOB = "job-1"
NEIGHBOUR = "job-2"
API_KEY = "tml-gateway-sim"
"""Every SDK accepts a key of this form (PROTOCOL §1.4), so nobody types one to get started."""
FIREWORKS_KEY = "fw_gateway_sim"
"""The form that fireworks-ai's users have; with the other one fireworks-ai 1.2 asks for client/config, which it does
not for them."""
KEYS = {API_KEY: ACCOUNT, FIREWORKS_KEY: ACCOUNT}

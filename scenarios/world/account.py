"""The one account of the default world, its key, and the job that is trained."""

from __future__ import annotations

ACCOUNT = "acme"
JOB = "job-1"
API_KEY = "tml-gateway-sim"
"""Every SDK accepts a key of this form (PROTOCOL §1.4), so nobody types one to get started."""

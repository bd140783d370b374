"""The one account of the default world, its keys, and the job that is trained."""

ACCOUNT = "acme"
JOB = "job-1"
NEIGHBOUR = "job-2"
API_KEY = "tml-gateway-sim"
"""Every SDK accepts a key of this form (docs/reference/protocol.md §1.4)."""
FIREWORKS_KEY = "fw_gateway_sim"
"""The form that fireworks-ai's users have; with the other one fireworks-ai 1.2 calls client/config, which it does
not do for them."""
KEYS = {API_KEY: ACCOUNT, FIREWORKS_KEY: ACCOUNT}


def sdk_environ(platform: str) -> dict[str, str]:
    """Return the variables by which tinker and fireworks-ai find the job of a platform, by its base URL."""
    return {
        "TINKER_BASE_URL": f"{platform}/training/v1/rlorTrainerJobs/{ACCOUNT}/{JOB}",
        "TINKER_API_KEY": API_KEY,
        "FIREWORKS_BASE_URL": platform,
        "FIREWORKS_API_KEY": FIREWORKS_KEY,
    }

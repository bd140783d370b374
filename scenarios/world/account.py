"""The account of the default world, its keys, and the trained job."""

ACCOUNT = "acme"
JOB = "job-1"
NEIGHBOUR = "job-2"
API_KEY = "tml-gateway-sim"
"""Every SDK accepts the form of this key (docs/reference/protocol.md §1.4)."""
FIREWORKS_KEY = "fw_gateway_sim"
"""A key in the form of fireworks-ai's own; with the other form fireworks-ai 1.2 calls client/config in addition."""
KEYS = {API_KEY: ACCOUNT, FIREWORKS_KEY: ACCOUNT}


def sdk_environ(platform: str) -> dict[str, str]:
    """Return the environment variables with which tinker and fireworks-ai find the job at the base URL `platform`."""
    return {
        "TINKER_BASE_URL": f"{platform}/training/v1/rlorTrainerJobs/{ACCOUNT}/{JOB}",
        "TINKER_API_KEY": API_KEY,
        "FIREWORKS_BASE_URL": platform,
        "FIREWORKS_API_KEY": FIREWORKS_KEY,
    }


def world_environ(platform: str) -> dict[str, str]:
    """Return the variables that tell any other program the world: base URLs, key, account and job."""
    return {
        "GATEWAY_SIM_BASE_URL": platform,
        "GATEWAY_SIM_JOB_URL": f"{platform}/training/v1/rlorTrainerJobs/{ACCOUNT}/{JOB}",
        "GATEWAY_SIM_API_KEY": API_KEY,
        "GATEWAY_SIM_ACCOUNT": ACCOUNT,
        "GATEWAY_SIM_JOB": JOB,
    }

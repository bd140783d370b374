"""A trainer pod: what a training step means, and the tinker-compatible protocol of its requests.

Nothing is imported here, so that a client may import `gateway_sim.trainer_pod.protocol` without torch or Starlette.
"""

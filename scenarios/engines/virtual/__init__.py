"""The virtual engine: simulated time, an in-process wire between ASGI apps, pods in the same process."""

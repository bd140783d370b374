"""The proxies that the gateway's data path is compared with, one a file; each leads from a port to an upstream's port.

How to add one: write `proxies/<name>.py` whose docstring's first line says what it is, with `command(upstream, port,
scratch)` that returns the words of the process that serves it, or None where it is not installed. Both ports are on
127.0.0.1; `scratch` is an empty folder. No list needs editing: the folder is the registry.
"""

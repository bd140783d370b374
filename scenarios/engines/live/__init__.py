"""The live engine: the real clock, loopback sockets, moto as a server, pods as processes."""

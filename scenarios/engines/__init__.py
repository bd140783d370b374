"""The engines that a world can run on: `virtual` with a simulated clock and network, `live` with real ones."""

"""Gateways that are not this project's, as processes in a live world (docs/your-own-gateway.md)."""

"""The published SDKs: how each is installed, and how each trains in a live world."""

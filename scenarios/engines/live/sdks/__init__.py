"""The published SDKs: their installation, and their users in a live world."""

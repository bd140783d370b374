"""Trainer jobs: their states, the reconciler that starts and stops pods, the routes published for them, the API."""

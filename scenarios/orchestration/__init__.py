"""Orchestration failures: stories of scheduling, data and promotion, their promises, and the workloads they run."""

"""Training data: datasets, their partitions, the versions that a vacuum must keep, and objects in buckets."""

"""What is trained on: datasets, their partitions, what may be vacuumed, and objects in buckets."""

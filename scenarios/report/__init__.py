"""What a run amounted to: its outcome, its figures, and the tables people read."""

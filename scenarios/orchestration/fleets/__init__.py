"""A team's own fleet: its nodes, its trace of jobs and its quotas, played under each placement."""

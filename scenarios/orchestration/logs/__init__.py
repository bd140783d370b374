"""A log of a team's own orchestrator, judged by the promises of the stories.

`source.py` reads its files: `airflow.py` knows the tables of Airflow, `plain.py` events as CSV. Both make a trace, each
entry of which has the file and the line of the log as its source. `needs.py` says what each promise must be told, and
`judged.py` holds the trace to them.
"""

"""Airflow's own tables as a trace: `dag_run`, `task_instance` with its history, `slot_pool` and `dag`.

They are read as the database exports them (CSV, Parquet) and as the REST API and the command line print them (JSON). A
run or a task that was cleared has there the times of its last try only, unless the history is among the files.
"""

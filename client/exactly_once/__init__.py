"""The exactly-once client: repeats one request until it is answered, and resumes where the job does."""

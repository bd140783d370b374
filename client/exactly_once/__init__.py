"""The exactly-once client: repeats each request until it is answered, and resumes on the job's next pod."""

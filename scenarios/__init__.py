"""The laboratory: worlds to run races in, the races, and the promises they are held to."""

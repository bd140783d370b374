"""The judge: readings of a trace, the limits they are held to, promises, and anomalies."""

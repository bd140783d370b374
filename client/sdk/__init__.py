"""One call as the published SDKs make it: legs, retry loops, errors, bodies, transport, the training session."""

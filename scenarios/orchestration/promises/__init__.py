"""What an orchestrated run must keep, one promise a file; written like those of `scenarios/judge/promises/`."""

"""Search: drawn worlds and their shrinking, every order of a small world, and parts broken on purpose."""

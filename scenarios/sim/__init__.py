"""The basis of every simulated world: clock, random streams, trace, events, AWS. Imports no other layer."""

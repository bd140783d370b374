"""What every simulated world stands on: clock, chance, trace, events, AWS. Imports nothing of the other layers."""

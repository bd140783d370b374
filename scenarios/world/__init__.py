"""What a race runs in: time, chance, network, trace, and the parts built in the order data flows."""

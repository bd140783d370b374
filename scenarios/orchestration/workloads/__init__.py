"""What a scenario of orchestration runs in: a platform without a gateway, with its storage, chance and clock."""

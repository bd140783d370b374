"""The gateway: routes requests to trainer pods, and answers when it does not see a route."""

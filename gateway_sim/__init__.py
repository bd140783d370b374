"""Where a request is sent, and what is answered when the route is not known."""

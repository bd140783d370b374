"""What should be running, and where: job states, their starts, and the routes published for them."""

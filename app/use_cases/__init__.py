"""What the service does: load, call the pure core, return."""

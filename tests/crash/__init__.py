"""The service and its database die at the worst moments: what was acknowledged has to be there."""

"""What every release answered, answered again by this version."""

"""The engine on PostgreSQL: Procrastinate carries work to whoever is free, on any machine."""

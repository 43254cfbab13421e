"""The engine on a SQLite file."""

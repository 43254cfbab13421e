"""What components keep between calls, and how it is read and written."""

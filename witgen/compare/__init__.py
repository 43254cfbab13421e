"""What changed between two versions of a package, and which version that asks for."""

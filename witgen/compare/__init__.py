"""The changes between two versions of a package, and the version they require."""

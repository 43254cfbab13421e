"""What `wkg` keeps beside WIT: its manifest, its lock file, and which packages texts need."""

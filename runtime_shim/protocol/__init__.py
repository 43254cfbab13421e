"""The seams between engine, handler and program, and the identities that cross them."""

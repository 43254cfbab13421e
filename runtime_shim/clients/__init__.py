"""Linking client interfaces to deployed workers, by generated stubs or by convention."""

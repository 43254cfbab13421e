"""Host functions on offer to a guest, and the linker made of them."""

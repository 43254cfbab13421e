"""What witgen made of `acme:mirror/mirror@1.0.0`: the module `world` has it as typed Python."""

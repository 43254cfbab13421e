"""What witgen made of `acme:clashes/imports@1.0.0`: the module `world` has it as typed Python."""

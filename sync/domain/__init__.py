"""The rules of the product: pure, standard library only, no clock, no I/O."""

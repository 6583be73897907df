"""What stages leave in the store, as the stages after them read it."""

"""What a store holds, what of it run folders need, and the rest thrown away."""

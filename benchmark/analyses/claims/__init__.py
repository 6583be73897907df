"""What a published gain is made of: a claim's own way of counting, and each correction in turn."""

"""What training examples are drawn from."""

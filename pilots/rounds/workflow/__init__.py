"""What happens to a round."""

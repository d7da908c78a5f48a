"""What the product reaches outside, one folder for each thing; none knows another."""

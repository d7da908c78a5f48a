"""What the product does, over ports: loads, has the domain decide, carries out, records."""

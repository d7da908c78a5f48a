"""What the product is compared with: plain scripts on two libraries, and another sync tool."""

"""What the outside world does, over HTTP on loopback; never deployed and never imported by it."""

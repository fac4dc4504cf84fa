"""What carries signals between processes."""

"""What is done: doors translate, use cases compose, wiring builds."""

"""What the project stands on: libraries, lock and versions."""

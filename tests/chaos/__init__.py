"""An axis under load while everything around it fails, and a judge who knows only what clients sent and received."""

"""What goes wrong with simulated vehicles, on demand: their links and their sensors."""

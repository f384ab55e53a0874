"""Attune: four services, what they share, and the tools around them."""

__version__ = "0.1.0"

"""Alerting: brings ruptures and risk answers to the person on call, and knows who was told, how and when."""

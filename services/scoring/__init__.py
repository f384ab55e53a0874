"""Scoring: ratings, scores, trajectories and rupture episodes."""

"""Measures, one a file, each with the source that defines it. Scores: larger is surer."""

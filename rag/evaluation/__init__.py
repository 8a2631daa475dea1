"""Scripted evaluation: sets of questions asked, answers measured, runs reported and compared."""

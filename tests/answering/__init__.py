"""Tests of what is said in answer."""

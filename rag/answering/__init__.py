"""Drafts: what is said in answer, before it is checked."""

"""Validate what a branch touches and what depends on it, in seconds however large the graph is."""

from allegiance.incremental.changed_validation import ChangedValidation, validate_changed

__all__ = ["ChangedValidation", "validate_changed"]

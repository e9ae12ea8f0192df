"""The protocols as pure functions: from bytes to frozen requests. Nothing here does I/O."""

"""Turn an issue that was made from a form into a draft file."""

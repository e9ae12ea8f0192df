"""What speaks HTTP: the endpoints, the pages, and the one table from errors to statuses."""

"""Answer questions over the knowledge graph by HTTP: protocol, workers and pages."""

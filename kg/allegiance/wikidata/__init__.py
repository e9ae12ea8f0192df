"""Wikidata without the network: addresses of items, a shipped index, and how it is refreshed."""

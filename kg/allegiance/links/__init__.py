"""The links from entries of the graph to items of Wikidata: read, and held against the index."""

"""Fetch what other endpoints say of the linked items, and join it with the graph.

linked_items     about which items to ask
endpoint         where to ask, by name
selection        what to ask about each item
client           how to ask: one request at a time, patiently, with a time-out
answer           what came back, and whether it is whole
retrieval        the folder of a run: its plan, and the answers so far, so that a run can go on
dataset          the dated graph that is made of the answers, with its provenance
joining          that graph beside the project's own
quickstatements  ties of the graph that, as fetched, Wikidata lacks
"""

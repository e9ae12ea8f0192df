"""The Reconciliation Service API, 0.2 and 1.0-draft, over our things and over the offline index.

routes           the addresses; interface describes them
requests         what is asked, in either version, read into one form
service          one service: what it answers to each operation
directory        the entities of a service, found by name, id or value
shelf            keeps the directories and does the matching in one thread; loading makes them
extension        the values of columns
answers          what is found, written in either version; languages says in which direction
decisions        what people decided, kept for review; administration takes it
accounts, costs  who pays for what; metrics counts it
"""

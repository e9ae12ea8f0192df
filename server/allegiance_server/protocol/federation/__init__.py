"""SERVICE in the text of a query: where it stands, what restricts it, and what takes its place.

group_patterns     the elements of groups, with their places and variables
service_clauses    the clauses, each with its endpoint; what is refused
service_contexts   what stands beside a clause and restricts its rows
federated_query    the steps: contexts, requests, and the query with rows in place of clauses
"""

"""SERVICE, carried out by this server, to the endpoints that its operator allows.

execution   from the query as written to the query that a worker answers
bindings    what a worker found beside a clause, as what is sent
endpoint    one endpoint: one request at a time, left alone when it asks for that
exchange    one request and its answer, with deadline and bounds
answers     the rows of an answer, and how they are written into the query
metrics     what is counted, by endpoint
"""

"""The links from entries of the graph to items of Wikidata: read, held against the index, told.

tables, columns, cells     the tables of kg/data/links, row by row; layout writes them anew
link, subject              a row, and the entry that it is about
checking                   all rows of a bundle, first by themselves, then by the audit
audit                      with evidence, kinds, periods, doubling: offline, against the snapshot
ageing, unanswered         what was decided long ago, and what nobody has decided
graph                      each link as a claim of its own
online_survey, _audit      what has become of the items at Wikidata itself
online_table, _patch       the same for reading, and as changes to review (online_proposals)
"""

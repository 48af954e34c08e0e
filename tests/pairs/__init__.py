"""Every pair of states in which the two companies may show a document, and what the sync makes of each.

docs/states.md  the table itself: read by people, and by `table`
companies       both stand-ins in this process, with one document between them, and what people do to it
states          how each state of the table comes about
sync            the product's lifecycle, activities and sweep, performed as the workflow performs them
case            one pair and one event: what came of it
check           one row of the table, tried by every event
"""

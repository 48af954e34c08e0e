"""What Prometheus reads of this process: what it counted itself, and how the store stands.

counts.py   counters that adapters, activities and the edge add to
store.py    gauges of the store, read when somebody asks; equal in every process
process.py  how this process reaches database and Temporal, and its pool
port.py     the port where all of it is read

Labels name accounts, systems, operations and outcomes; never people, documents or customers.
"""

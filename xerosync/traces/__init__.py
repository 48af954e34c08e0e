"""Traces: what one webhook, command or sweep caused, over processes, down to the calls to both companies.

spans.py      what the code says: here something begins and ends. Nothing, at no cost, while traces are off
opening.py    turns them on for a process
recording.py  records, with OpenTelemetry
sending.py    sends what was recorded to a collector (OTLP)
workflows.py  carries a trace through Temporal: signal, workflow, activity
http.py       a span for each call to Xero and Sequence
cleaning.py   what leaves the process: no people, no texts of errors

OpenTelemetry is loaded through `opening.py` alone, and only where a collector is set.
"""

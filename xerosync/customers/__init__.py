"""Customers of Sequence and contacts of Xero: import, push, and the links between them.

    links.py       how a customer gets linked, and which documents are released then
    importing.py   Xero's contacts become customers of Sequence    (one contact: contact_to_customer.py, matching.py)
    pushing.py     a customer of Sequence becomes a contact of Xero (its fields: customer_to_contact.py)
    client.py      starts and asks the workflows of both; messages.py and describe.py: what these hold and show

The adapters are `sequence/customers.py`, `xero/contacts.py` and `postgres/customers.py`.
"""

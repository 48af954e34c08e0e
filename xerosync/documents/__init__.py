"""Invoices and credit notes: their life, their link, and everything that is done with one of them."""

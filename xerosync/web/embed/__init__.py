"""Small pages for a frame in the billing system: whether a document or a customer is linked, synced or held, and why.

    billing system ──POST /api/v1/embed-tokens (key)──▶ address with a token ──▶ <iframe src="/embed/…?token=…">

A token (tokens.py) opens one page for ten minutes, as long as the key that asked for it is not revoked. Who may show
the page in a frame says XEROSYNC_EMBED_ANCESTORS; without it, nobody.
"""

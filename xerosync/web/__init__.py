"""What comes in over HTTP: webhooks of both companies, consent in a browser, the console, the JSON API.

One ASGI application, any number of copies behind a proxy. It holds nothing that is lost with the process.
"""

"""The HTTP API: the same jobs as JSON with named fields, on any FastAPI application.

`vxa.app.http.routes.mount` puts it on; the folder knows no host and no page.
"""

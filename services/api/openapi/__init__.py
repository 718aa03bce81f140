"""The interface's own description: OpenAPI 3.1, and a page of it for people."""

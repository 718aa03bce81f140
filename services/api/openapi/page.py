"""The description as a page for people: plain HTML, no script, nothing from elsewhere."""

from html import escape
from typing import Any

import msgspec

_STYLE = """
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#222}
h2{margin-top:2.5rem;border-bottom:1px solid #ccc}h3{margin:1.5rem 0 .2rem}code,pre{background:#f4f4f2}
pre{padding:.6rem;overflow-x:auto;font-size:13px}td{padding:.1rem 1rem .1rem 0;vertical-align:top}
.method{color:#075;font-weight:600}summary{cursor:pointer}
"""


def page(document: dict[str, Any]) -> bytes:
    """Every route with its parameters and answers, every command with its example."""
    parts = [
        f"<!doctype html><html lang=en><meta charset=utf-8><title>khuyenhoc</title><style>{_STYLE}</style>",
        f"<h1>{escape(document['info']['title'])}</h1><pre>{escape(document['info']['description'])}</pre>",
        '<p>OpenAPI 3.1: <a href="/schema/openapi.json">/schema/openapi.json</a></p>',
    ]
    for tag in document["tags"]:
        parts.append(f"<h2>{escape(tag['name'])}</h2><p>{escape(tag['description'])}</p>")
        parts += [
            _operation(path, method, operation)
            for path, methods in document["paths"].items()
            for method, operation in methods.items()
            if tag["name"] in operation["tags"]
        ]
    return "".join(parts).encode()


def _operation(path: str, method: str, operation: dict[str, Any]) -> str:
    rows = "".join(
        f"<tr><td><code>{escape(p['name'])}</code><td>{p['in']}<td>{escape(p.get('description', ''))}"
        for p in operation.get("parameters", ())
    )
    answers = ", ".join(
        f"{status} {escape(r['description'])}" for status, r in operation["responses"].items()
    )
    return (
        f"<h3><span class=method>{method.upper()}</span> <code>{escape(path)}</code></h3>"
        f"<p><b>{escape(operation['summary'])}.</b> {escape(operation.get('description', ''))}</p>"
        f"<table>{rows}</table><p>{answers}</p>{_examples(operation)}"
    )


def _examples(operation: dict[str, Any]) -> str:
    content: dict[str, Any] = operation.get("requestBody", {}).get("content", {})
    shown = []
    for media in content.values():
        for name, example in media.get("examples", {}).items():
            text = msgspec.json.format(msgspec.json.encode(example["value"]), indent=2).decode()
            summary = f"<code>{escape(name)}</code> {escape(example['summary'])}"
            shown.append(f"<details><summary>{summary}</summary><pre>{escape(text)}</pre></details>")
    return "".join(shown)

"""A small identity provider: OpenID Connect discovery, authorisation, token, keys; RS256, PKCE."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa


class Provider:
    """Issues codes for one subject at a time and trades each for a signed identity token once."""

    client_id, client_secret = "lantai", "secret-of-lantai"

    def __init__(self) -> None:
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.signing_key = self.key
        self.subject = "subject-1"
        self.claims: dict[str, Any] = {}
        self.codes: dict[str, dict[str, str]] = {}
        self.address = ""

    def authorise(self, query: dict[str, str]) -> str:
        """Where the browser is sent back to: the person is logged in at the provider already."""
        if query["client_id"] != self.client_id or query["response_type"] != "code":
            return query["redirect_uri"] + "?" + urlencode({"error": "invalid_request"})
        code = f"code-{len(self.codes)}"
        self.codes[code] = query
        return query["redirect_uri"] + "?" + urlencode({"code": code, "state": query["state"]})

    def trade(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        """The token endpoint."""
        asked = self.codes.pop(form.get("code", ""), None)
        wrong_client = (form.get("client_id"), form.get("client_secret")) != (
            self.client_id,
            self.client_secret,
        )
        if asked is None or wrong_client or asked["redirect_uri"] != form.get("redirect_uri"):
            return 400, {"error": "invalid_grant"}
        if "code_challenge" in asked:
            digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
            if base64.urlsafe_b64encode(digest).decode().rstrip("=") != asked["code_challenge"]:
                return 400, {"error": "invalid_grant"}
        return 200, {"access_token": "access", "token_type": "Bearer", "id_token": self.identity_token()}

    def identity_token(self) -> str:
        """Who logged in, signed."""
        now = int(time.time())
        claims = {
            "iss": self.address,
            "sub": self.subject,
            "aud": self.client_id,
            "iat": now,
            "exp": now + 300,
        } | self.claims
        return jwt.encode(claims, self.signing_key, algorithm="RS256", headers={"kid": "k1"})

    def answer(self, path: str) -> dict[str, Any] | None:
        """Discovery, keys and user information."""
        if path == "/.well-known/openid-configuration":
            names = {"authorization": "authorize", "token": "token", "userinfo": "userinfo"}
            return {
                "issuer": self.address,
                "jwks_uri": f"{self.address}/keys",
                "token_endpoint_auth_methods_supported": ["client_secret_post"],
                **{f"{name}_endpoint": f"{self.address}/{path}" for name, path in names.items()},
            }
        if path == "/keys":
            public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key()))
            return {"keys": [public | {"kid": "k1", "use": "sig", "alg": "RS256"}]}
        return {"sub": self.subject} | self.claims if path == "/userinfo" else None


@contextmanager
def a_provider():
    """A provider that listens on this machine while the block runs."""
    provider = Provider()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            parts = urlsplit(self.path)
            if parts.path == "/authorize":
                self.send_response(302)
                query = {name: values[0] for name, values in parse_qs(parts.query).items()}
                self.send_header("Location", provider.authorise(query))
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            body = provider.answer(parts.path)
            self.reply(404 if body is None else 200, body or {})

        def do_POST(self):
            text = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self.reply(*provider.trade({name: values[0] for name, values in parse_qs(text).items()}))

        def reply(self, status, body):
            data = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

"""The master key, a file outside the database, and the keys it wraps: one per person or per event.

AES-256-GCM alone does not commit to its key: an operator could craft one ciphertext that opens to two
stories under two keys. Every ciphertext therefore starts with a commitment derived from its key.
"""

import base64
import os
from pathlib import Path
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from events.on_disk import make_once

_COMMITMENT = 32
_NONCE = 12


class WrongKeyError(ValueError):
    """A key does not belong to what it should open; or the file does not hold a master key."""


class SealingKey:
    """One 256-bit key: seals, opens, and fingerprints what it sealed."""

    def __init__(self, secret: bytes) -> None:
        self.secret = secret
        self._cipher = AESGCM(_derive(secret, b"khuyenhoc/seal/v1"))
        self._commitment = _derive(secret, b"khuyenhoc/commit/v1")

    @classmethod
    def new(cls) -> "SealingKey":
        return cls(os.urandom(32))

    def seal(self, plaintext: bytes, context: bytes) -> bytes:
        """commitment ‖ nonce ‖ ciphertext. `context` (event id and field) is authenticated with it."""
        nonce = os.urandom(_NONCE)
        return self._commitment + nonce + self._cipher.encrypt(nonce, plaintext, context)

    def open(self, sealed: bytes, context: bytes) -> bytes:
        """The plaintext. Raises `WrongKeyError` for another key, another place, or damage."""
        if sealed[:_COMMITMENT] != self._commitment:
            raise WrongKeyError("sealed under another key")
        nonce, ciphertext = sealed[_COMMITMENT : _COMMITMENT + _NONCE], sealed[_COMMITMENT + _NONCE :]
        try:
            return self._cipher.decrypt(nonce, ciphertext, context)
        except InvalidTag as e:
            raise WrongKeyError("the sealed bytes are damaged or belong elsewhere") from e

    def fingerprint(self, plaintext: bytes) -> bytes:
        """HMAC of a plaintext, for telling a repeated command from a changed one; gone with the key."""
        mac = hmac.HMAC(_derive(self.secret, b"khuyenhoc/digest/v1"), hashes.SHA256())
        mac.update(plaintext)
        return mac.finalize()


class MasterKey:
    """Wraps sealing keys. Lives in a file (0400) beside the data, never in the database."""

    def __init__(self, secret: bytes) -> None:
        self._key = SealingKey(secret)

    @classmethod
    def from_file(cls, path: Path, *, create: bool = False) -> "MasterKey":
        """Read the key; with `create`, make one if there is none yet (two makers: the first wins)."""
        if create and not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            make_once(path, base64.b64encode(os.urandom(32)) + b"\n")
        try:
            secret = base64.b64decode(path.read_bytes().strip(), validate=True)
        except ValueError as e:
            raise WrongKeyError(f"{path} does not hold a master key") from e
        if len(secret) != 32:
            raise WrongKeyError(f"{path} holds {len(secret)} bytes, a master key has 32")
        return cls(secret)

    def wrap(self, key: SealingKey, key_id: UUID) -> bytes:
        return self._key.seal(key.secret, b"khuyenhoc/wrap/v1" + key_id.bytes)

    def unwrap(self, wrapped: bytes, key_id: UUID) -> SealingKey:
        return SealingKey(self._key.open(wrapped, b"khuyenhoc/wrap/v1" + key_id.bytes))

    def check_value(self) -> bytes:
        """Tells, without revealing it, whether a database belongs to this master key."""
        return self._key.fingerprint(b"khuyenhoc/master-check/v1")


def _derive(secret: bytes, purpose: bytes) -> bytes:
    return HKDFExpand(algorithm=hashes.SHA256(), length=32, info=purpose).derive(secret)

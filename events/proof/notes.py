"""C2SP signed-note v1.0.0: a text, an empty line, signature lines; and the keys that make and check them.

    — <key name> base64(key id ‖ signature)

What is signed is the text with its last newline, without the empty line. Signatures by unknown keys are
ignored, so that a log can change its key, and witnesses can add theirs.
"""

import base64
import binascii
import hashlib
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

ED25519 = 0x01
COSIGNATURE = 0x04
"""Ed25519 over a timestamped checkpoint (tlog-cosignature v1)."""

_MARK = "\u2014 "
_SECRET = "PRIVATE+KEY+"
_MOST_SIGNATURES = 100


class NoteError(ValueError):
    """Not a note, not a key, or not signed as it should be."""


def key_id(name: str, kind: int, public: bytes) -> bytes:
    """SHA-256(name ‖ newline ‖ type ‖ public key)[:4]"""
    return hashlib.sha256(name.encode() + b"\n" + bytes([kind]) + public).digest()[:4]


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A public key by its name: `name+hex(key id)+base64(type ‖ key)`."""

    name: str
    kind: int
    public: bytes

    @classmethod
    def parse(cls, vkey: str) -> "VerifierKey":
        """Raises `NoteError`. The name holds no plus sign, the base64 may."""
        parts = vkey.strip().split("+", 2)
        if len(parts) != 3:
            raise NoteError(f"not a verifier key (name+id+key): {vkey[:80]!r}")
        name, told, encoded = parts
        _check_name(name)
        blob = _decode(encoded, "a verifier key")
        if len(blob) != 33 or blob[0] not in (ED25519, COSIGNATURE):
            raise NoteError("only Ed25519 keys (type 0x01) and cosignature keys (type 0x04) are understood")
        key = cls(name, blob[0], blob[1:])
        if key.id.hex() != told.lower():
            raise NoteError(f"the verifier key's id should be {key.id.hex()}, it says {told}")
        return key

    @property
    def id(self) -> bytes:
        return key_id(self.name, self.kind, self.public)

    def __str__(self) -> str:
        encoded = base64.b64encode(bytes([self.kind]) + self.public).decode()
        return f"{self.name}+{self.id.hex()}+{encoded}"

    def verifies(self, message: bytes, signature: bytes) -> bool:
        """Whether that raw Ed25519 signature is this key's."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True


@dataclass(frozen=True, slots=True)
class SignerKey:
    """A secret key by its name, written as Go's sumdb/note writes it: `PRIVATE+KEY+name+id+base64`."""

    name: str
    kind: int
    seed: bytes

    @classmethod
    def generate(cls, name: str, kind: int = ED25519) -> "SignerKey":
        _check_name(name)
        return cls(name, kind, Ed25519PrivateKey.generate().private_bytes_raw())

    @classmethod
    def parse(cls, text: str) -> "SignerKey":
        """Raises `NoteError`, which never shows what was given."""
        parts = text.strip().removeprefix(_SECRET).split("+", 2)
        if not text.startswith(_SECRET) or len(parts) != 3:
            raise NoteError("not a signing key (PRIVATE+KEY+name+id+key)")
        blob = _decode(parts[2], "a signing key")
        if len(blob) != 33 or blob[0] not in (ED25519, COSIGNATURE):
            raise NoteError("only Ed25519 signing keys are understood")
        _check_name(parts[0])
        key = cls(parts[0], blob[0], blob[1:])
        if key.verifier.id.hex() != parts[1]:
            raise NoteError("the signing key's id is not that of the key")
        return key

    def encoded(self) -> str:
        blob = base64.b64encode(bytes([self.kind]) + self.seed).decode()
        return f"{_SECRET}{self.name}+{self.verifier.id.hex()}+{blob}"

    @property
    def verifier(self) -> VerifierKey:
        public = Ed25519PrivateKey.from_private_bytes(self.seed).public_key().public_bytes_raw()
        return VerifierKey(self.name, self.kind, public)

    def sign(self, message: bytes) -> bytes:
        """The raw signature. Ed25519 is deterministic: signing again gives the same."""
        return Ed25519PrivateKey.from_private_bytes(self.seed).sign(message)

    def line(self, text: str) -> str:
        """The signature line of a note with that text."""
        return signature_line(self.verifier, self.sign(text.encode()))

    def __repr__(self) -> str:
        return f"SignerKey({self.name})"


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature line. `blob` follows the key id."""

    name: str
    key_id: bytes
    blob: bytes

    def line(self) -> str:
        return f"{_MARK}{self.name} {base64.b64encode(self.key_id + self.blob).decode()}\n"


@dataclass(frozen=True, slots=True)
class Note:
    """A text that ends in a newline, and its signatures."""

    text: str
    signatures: tuple[Signature, ...]

    def signed_by(self, key: VerifierKey) -> bool:
        """Whether a plain signature of that key is there and right. Raises `NoteError` for a wrong one."""
        own = [s for s in self.signatures if s.name == key.name and s.key_id == key.id]
        for signature in own:
            if not key.verifies(self.text.encode(), signature.blob):
                raise NoteError(f"the signature of {key.name} (key {key.id.hex()}) is wrong")
        return bool(own)

    def __str__(self) -> str:
        return self.text + "\n" + "".join(s.line() for s in self.signatures)


def signature_line(key: VerifierKey, blob: bytes) -> str:
    return Signature(key.name, key.id, blob).line()


def parse_note(raw: bytes) -> Note:
    """Raises `NoteError`."""
    try:
        whole = raw.decode()
    except UnicodeDecodeError as e:
        raise NoteError("a note is UTF-8 text") from e
    if any(ord(c) < 0x20 and c != "\n" for c in whole):
        raise NoteError("a note holds no control characters but newlines")
    text, gap, lines = whole.rpartition("\n\n")
    if not gap or not lines.endswith("\n"):
        raise NoteError("a note is a text, an empty line, and signature lines")
    signatures = [_signature(line) for line in lines.removesuffix("\n").split("\n")]
    if len(signatures) > _MOST_SIGNATURES:
        raise NoteError(f"a note with more than {_MOST_SIGNATURES} signatures")
    return Note(text + "\n", tuple(signatures))


def parse_signatures(lines: bytes) -> list[Signature]:
    """Signature lines without their note, as a witness answers. Raises `NoteError`."""
    try:
        return [_signature(line) for line in lines.decode().removesuffix("\n").split("\n") if line]
    except UnicodeDecodeError as e:
        raise NoteError("signature lines are UTF-8 text") from e


def _signature(line: str) -> Signature:
    name, _, encoded = line.removeprefix(_MARK).partition(" ")
    if not line.startswith(_MARK) or not name or "+" in name:
        raise NoteError(f"not a signature line: {line[:80]!r}")
    blob = _decode(encoded, "a signature")
    if len(blob) < 5:
        raise NoteError("a signature is a 4-byte key id and something after it")
    return Signature(name, blob[:4], blob[4:])


def _check_name(name: str) -> None:
    if not name or "+" in name or any(c.isspace() for c in name):
        raise NoteError(f"a key's name holds no spaces and no plus sign: {name[:80]!r}")


def _decode(encoded: str, what: str) -> bytes:
    try:
        return base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError) as e:
        raise NoteError(f"{what} is not standard base64") from e

"""The file that holds a log's signing keys: 0400, outside the database, a line each, the current one last.

A rotation adds one and takes none away: checkpoints carry a signature line by each of them that the log has
named, so that whoever knows only an older one still can check.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from events.on_disk import make_once, replace
from events.proof.notes import ED25519, NoteError, SignerKey

FILE_VARIABLE = "KHUYENHOC_SIGNING_KEY_FILE"


@dataclass(frozen=True, slots=True)
class SigningKeys:
    """The keys of one log."""

    keys: tuple[SignerKey, ...]

    @classmethod
    def from_file(cls, path: Path, *, create_for: str | None = None, kind: int = ED25519) -> "SigningKeys":
        """Read them; with `create_for`, make a key of that name if there is no file (two makers: one wins).

        Raises `NoteError` for a file without keys, `FileNotFoundError`.
        """
        if create_for is not None and not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            make_once(path, _lines((SignerKey.generate(create_for, kind),)))
        try:
            lines = path.read_text("utf-8").split("\n")
            keys = tuple(SignerKey.parse(line) for line in lines if line.strip())
        except (NoteError, UnicodeDecodeError) as e:
            raise NoteError(f"{path}: {e}") from e
        if not keys:
            raise NoteError(f"{path} holds no signing key")
        return cls(keys)

    @classmethod
    def rotate(cls, path: Path) -> "SigningKeys":
        """Add a new key. It signs once the log has named it.

        All earlier ones stay: the log names a new key only where one that it knows lies beside it, and the
        last one here may be too new for that.
        """
        earlier = cls.from_file(path).keys
        keys = (*earlier, SignerKey.generate(earlier[-1].name))
        replace(path, _lines(keys))
        return cls(keys)

    @classmethod
    def renamed(cls, path: Path, name: str) -> "SigningKeys":
        """With a last key of that name, made if there is none; the keys of the former name stay beside it."""
        former = cls.from_file(path, create_for=name).keys
        if former[-1].name == name:
            return cls(former)
        keys = (*former, SignerKey.generate(name))
        replace(path, _lines(keys))
        return cls(keys)

    @property
    def vkeys(self) -> list[str]:
        """Their public halves."""
        return [str(key.verifier) for key in self.keys]


def key_file(environment: Mapping[str, str], data: Path | None) -> Path | None:
    """Where the keys are: the file that is named, else in the data directory, if there is one."""
    if named := environment.get(FILE_VARIABLE):
        return Path(named)
    return data / "secrets" / "signing.key" if data else None


def _lines(keys: tuple[SignerKey, ...]) -> bytes:
    return "".join(key.encoded() + "\n" for key in keys).encode()

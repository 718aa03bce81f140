"""C2SP tlog-policy: which log keys to believe, which witnesses to count, and how many are enough.

log <vkey>
witness <name> <vkey>
group <name> <k|any|all> <witness or group> …
quorum <name|none>
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from events.proof.checkpoints import cosigned_at
from events.proof.notes import COSIGNATURE, ED25519, Note, NoteError, VerifierKey

NONE = "none"


class PolicyError(ValueError):
    """A policy that cannot be read, named by its line."""


@dataclass(frozen=True, slots=True)
class Group:
    """Satisfied when so many of its members are."""

    needed: int
    members: tuple[str, ...]


@dataclass(slots=True)
class Policy:
    """A parsed policy."""

    logs: list[VerifierKey] = field(default_factory=list)
    witnesses: dict[str, VerifierKey] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    quorum: str = NONE

    def cosigners(self, note: Note) -> dict[str, int]:
        """The witnesses that cosigned, with when (seconds since 1970). Raises `NoteError` for a wrong one."""
        found = {name: cosigned_at(note, key) for name, key in self.witnesses.items()}
        return {name: at for name, at in found.items() if at is not None}

    def satisfied(self, cosigners: Mapping[str, object]) -> bool:
        """Whether these witnesses are enough."""
        return self.quorum == NONE or self._holds(self.quorum, cosigners)

    def _holds(self, name: str, cosigners: Mapping[str, object]) -> bool:
        group = self.groups.get(name)
        if group is None:
            return name in cosigners
        return sum(self._holds(member, cosigners) for member in group.members) >= group.needed


def parse_policy(text: str) -> Policy:
    """Raises `PolicyError`. Empty lines and those starting with # mean nothing."""
    policy, quorum = Policy(), None
    for number, line in enumerate(text.split("\n"), 1):
        words = line.replace("\t", " ").split(" ")
        words = [word for word in words if word]
        if not words or words[0].startswith("#"):
            continue
        try:
            match words:
                case ["log", vkey, *_url] if len(_url) < 2:
                    policy.logs.append(_key(policy.logs, vkey, ED25519))
                case ["witness", name, vkey, *_url] if len(_url) < 2:
                    _new(policy, name)
                    policy.witnesses[name] = _key(policy.witnesses.values(), vkey, COSIGNATURE)
                case ["group", name, needed, *members] if members:
                    _new(policy, name)
                    policy.groups[name] = _group(policy, needed, members)
                case ["quorum", name] if quorum is None:
                    quorum = name if name == NONE else _known(policy, name)
                case _:
                    raise PolicyError(f"not understood: {line[:80]!r}")
        except (PolicyError, NoteError) as e:
            raise PolicyError(f"policy line {number}: {e}") from e
    if quorum is None:
        raise PolicyError("the policy names no quorum")
    policy.quorum = quorum
    return policy


def write_policy(logs: Sequence[VerifierKey], witnesses: Mapping[str, VerifierKey]) -> str:
    """A policy that asks for every one of these witnesses."""
    lines = [f"log {key}" for key in logs]
    lines += [f"witness {name} {key}" for name, key in witnesses.items()]
    if witnesses:
        lines.append(f"group witnesses all {' '.join(witnesses)}")
    lines.append("quorum witnesses" if witnesses else f"quorum {NONE}")
    return "\n".join(lines) + "\n"


def _key(known: Iterable[VerifierKey], vkey: str, kind: int) -> VerifierKey:
    key = VerifierKey.parse(vkey)
    if any(other.public == key.public for other in known):
        raise PolicyError(f"the key of {key.name} is there twice")
    if key.kind != kind:
        raise PolicyError(f"a key of type 0x{kind:02x} is expected, 0x{key.kind:02x} came")
    return key


def _new(policy: Policy, name: str) -> None:
    if name == NONE or name in policy.witnesses or name in policy.groups:
        raise PolicyError(f"{name!r} is named twice" if name != NONE else "nothing can be named 'none'")


def _known(policy: Policy, name: str) -> str:
    if name not in policy.witnesses and name not in policy.groups:
        raise PolicyError(f"{name!r} is not known yet")
    return name


def _group(policy: Policy, needed: str, members: Sequence[str]) -> Group:
    for member in members:
        _known(policy, member)
    taken = [member for group in policy.groups.values() for member in group.members]
    if len({*taken, *members}) != len(taken) + len(members):
        raise PolicyError("a witness or group is a member twice")
    count = {"any": "1", "all": str(len(members))}.get(needed, needed)
    if not count.isascii() or not count.isdecimal() or not 1 <= int(count) <= len(members):
        raise PolicyError(f"{needed!r} of {len(members)} cannot be asked for")
    return Group(int(count), tuple(members))

"""The ledger a command works on: the stack that runs on its data directory, or one started for the while.

Every command is a client of the HTTP interface, like anybody else's program. Nothing here reads the database.
"""

import asyncio
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import asyncpg
import httpx
import msgspec

from deploy.addresses import VARIABLES, Addresses, data_directory
from deploy.running import joining
from deploy.stack import Stack
from events.log.migrate import migrate
from events.log.outcome import LogUnavailableError
from events.proof.outside import CutOffError
from events.refusals import Language, Refused
from events.sealing.keys import WrongKeyError
from services.api.settings import local_token_path
from services.cli.origin import go_on_as, refuse_cut_off
from services.cli.screen import say, waiting
from workers.installed import ensure


class RefusedError(Exception):
    """The service refused: exit 1. The message is the problem's, in the language asked for."""


class Ledger:
    """A running service, spoken to over HTTP."""

    def __init__(self, url: str, addresses: Addresses | None, data: Path) -> None:
        self.url = url
        self._addresses = addresses
        self.data = data
        headers = {"Accept-Language": language(), "Authorization": f"Bearer {token_for(data)}"}
        self.http = httpx.Client(base_url=url, timeout=httpx.Timeout(120, connect=5), headers=headers)

    @property
    def addresses(self) -> Addresses:
        """Its servers. Raises `RefusedError` where only the service is known, by `KHUYENHOC_URL`."""
        if self._addresses is None:
            raise RefusedError(f"Lệnh này cần cả các máy chủ: hãy đặt {', '.join(VARIABLES.values())}.")
        return self._addresses

    def get(self, path: str, shape: Any = None, **query: Any) -> Any:
        """The decoded answer. Raises `RefusedError` with the problem's sentence."""
        answer = self.http.get(path, params={k: v for k, v in query.items() if v is not None})
        if answer.is_error:
            raise RefusedError(sentence_of(answer))
        return msgspec.json.decode(answer.content, type=shape) if shape else answer.json()


def token_for(data: Path) -> str:
    """`KHUYENHOC_TOKEN`, else the local administrator's, which the service made when it first started."""
    if token := os.environ.get("KHUYENHOC_TOKEN"):
        return token
    file = local_token_path(data)
    try:
        return file.read_text("ascii").strip()
    except OSError as e:
        raise RefusedError(f"Không đọc được thẻ truy cập {file}: {e.strerror}") from None


def sentence_of(answer: httpx.Response) -> str:
    """What went wrong, from a problem document, with the fields at fault."""
    try:
        problem = answer.json()
    except json.JSONDecodeError:
        return f"HTTP {answer.status_code}"
    lines = [problem.get("detail") or problem.get("title") or f"HTTP {answer.status_code}"]
    lines += [
        f"{e.get('pointer', '')}: {e.get('message', e.get('code', ''))}" for e in problem.get("errors", [])
    ]
    return "\n".join(lines)


@contextmanager
def open_ledger(
    chosen: Path | None = None, *, own: bool = False, port: int | None = None
) -> Iterator[Ledger]:
    """Join the stack of the data directory, or start what is needed for as long as it is needed.

    The service at `KHUYENHOC_URL`, else the servers named by the `KHUYENHOC_…_URL` variables, are used where
    set, unless `own`: the demo's directory is always its own.
    """
    data = data_directory(chosen)
    if (url := os.environ.get("KHUYENHOC_URL")) and not own:
        yield Ledger(url, Addresses.from_environment(), data)
        return
    with joining(data) as found:
        if found and found.service_url and found.addresses:
            yield Ledger(found.service_url, found.addresses, data)
            return
    with start(data, own=own, port=port) as stack:
        yield ledger_of(stack)


def ledger_of(stack: Stack) -> Ledger:
    """The service of a stack that has been started."""
    assert stack.service_url is not None
    return Ledger(stack.service_url, stack.addresses, stack.data)


@contextmanager
def start(
    data: Path, *, own: bool = False, port: int | None = None, new_origin: str | None = None
) -> Iterator[Stack]:
    """Start the stack, saying so. `new_origin`: the log goes on under that name. Raises `RefusedError`."""
    addresses = None if own else Addresses.from_environment()

    def prepared(found: Addresses) -> None:
        prepare(found)
        _settle_origin(found, data, new_origin)

    stack = Stack(data, prepare=prepared, port=port, addresses=addresses)
    with waiting("Đang khởi động PostgreSQL, Redis, Celery và dịch vụ…"):
        stack.start()
    say(f"Dữ liệu: {data}" if addresses is None else "Dùng các máy chủ theo biến môi trường.")
    with stack_of(stack):
        yield stack


@contextmanager
def stack_of(stack: Stack) -> Iterator[None]:
    """End a started stack however the block ends, guests first."""
    try:
        yield
    except BaseException as e:
        stack.__exit__(type(e), e, e.__traceback__)
        raise
    stack.__exit__(None, None, None)


def prepare(addresses: Addresses) -> None:
    """Bring the schema up to date and make the read models' tables, before anything uses them."""
    asyncio.run(_prepare(addresses))


async def _prepare(addresses: Addresses) -> None:
    service = service_role(addresses)
    await migrate(addresses.owner_url, service_role=service, worker_role=_user_of(addresses.worker_url))
    async with asyncpg.create_pool(addresses.worker_url, min_size=0, max_size=1) as pool:
        await ensure(pool, service)


def _settle_origin(addresses: Addresses, data: Path, new_origin: str | None) -> None:
    try:
        if new_origin is None:
            asyncio.run(refuse_cut_off(addresses, data))
            return
        identity = asyncio.run(go_on_as(addresses, data, new_origin))
    except CutOffError as e:
        raise RefusedError(f"{e.refusal.sentence(language())} ({e.refusal.code})") from None
    except Refused as e:
        raise RefusedError(f"{e.sentence(language())} ({e.code})") from None
    except (WrongKeyError, LogUnavailableError) as e:
        raise RefusedError(f"Sổ chưa mở được dưới tên {new_origin}: {e}") from None
    say(f"Sổ mang tên {identity.origin}. Hãy trao khóa công khai mới cho ai kiểm tra và ai ký chứng:")
    for vkey in identity.vkeys:
        say(vkey)


def service_role(addresses: Addresses) -> str:
    """The role the service logs in as; read models are readable by it."""
    return _user_of(addresses.database_url)


def _user_of(url: str) -> str:
    return unquote(urlsplit(url).username or "")


def language() -> Language:
    """`vi`, unless KHUYENHOC_LANGUAGE says `en`."""
    return "en" if os.environ.get("KHUYENHOC_LANGUAGE", "vi").lower().startswith("en") else "vi"

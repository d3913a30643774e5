"""Long bodies: kept on disk until they are read."""

from tempfile import SpooledTemporaryFile
from typing import IO, Final

from fastapi import Request
from fastapi.concurrency import run_in_threadpool

_IN_MEMORY: Final = 8 * 1024 * 1024


async def whole_body(request: Request) -> IO[bytes]:
    """The body, kept on disk where it is long; whoever reads it closes it.

    It is read to its end before anything is answered: a client that sends everything before it
    reads would else wait for us, and we for it.
    """
    file = SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 (closed by its reader)
    try:
        async for part in request.stream():
            if len(part) > _IN_MEMORY // 8:
                await run_in_threadpool(file.write, part)
            else:
                file.write(part)
        file.seek(0)
    except BaseException:
        file.close()
        raise
    return file

"""A mail server for measurements: takes everything; with ``--durable`` it has each mail on disk before it says so.

RFC 5321 (4.2.5) makes the server answerable for a mail once it has answered 250, so real ones wait for the disk too.
It prints its port; a line to standard input ends it.
"""

import asyncio
import os
import sys
import tempfile

ANSWERS = {
    b"MAIL": b"250 2.1.0 OK\r\n",
    b"RCPT": b"250 2.1.5 OK\r\n",
    b"DATA": b"354 go on\r\n",
    b"RSET": b"250 OK\r\n",
}
DURABLE = "--durable" in sys.argv


def keep(mail: bytes) -> None:
    """Write the mail to a file of its own and wait for the disk; the file goes with its last handle."""
    with tempfile.TemporaryFile() as file:
        file.write(mail)
        file.flush()
        os.fsync(file.fileno())


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Talk to one sender until it leaves."""
    writer.write(b"220 sink ESMTP\r\n")
    while line := await reader.readline():
        word = line[:4].upper()
        if word == b"QUIT":
            break
        writer.write(ANSWERS.get(word, b"250 sink\r\n"))
        if word == b"DATA":
            mail = await reader.readuntil(b"\r\n.\r\n")
            if DURABLE:
                await asyncio.to_thread(keep, mail)
            writer.write(b"250 2.0.0 taken\r\n")
    writer.close()


async def main() -> None:
    """Listen on a free port until standard input ends."""
    server = await asyncio.start_server(serve, "127.0.0.1", 0, limit=10_000_000)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    server.close()


if __name__ == "__main__":
    asyncio.run(main())

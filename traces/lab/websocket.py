# SPDX-License-Identifier: Apache-2.0
"""A chat over a websocket with pings every 5 s. Usage: websocket.py server|client SECONDS"""
import asyncio
import random
import sys

import websockets


async def chat(socket):
    async for text in socket:
        await socket.send(text[::-1])


async def serve(seconds):
    async with websockets.serve(chat, "203.0.113.33", 8765, ping_interval=5):
        await asyncio.sleep(seconds)


async def talk(seconds):
    async with websockets.connect("ws://chat.example.net:8765", ping_interval=5) as socket:
        end = asyncio.get_running_loop().time() + seconds
        while asyncio.get_running_loop().time() < end:
            await asyncio.sleep(random.lognormvariate(2, 1))
            await socket.send("x" * random.randint(5, 200))
            await socket.recv()


role = serve if sys.argv[1] == "server" else talk
asyncio.run(role(float(sys.argv[2])))

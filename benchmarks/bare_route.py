"""The peer of the decision route: a bare FastAPI route with one redis-py pipeline that returns 1.6 KB of JSON."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI
from redis.asyncio import Redis

SLATE = [
    {
        "rank": rank,
        "item_id": f"item-{rank:05d}",
        "name": f"A product with a name, number {rank}",
        "score": 0.123456,
    }
    for rank in range(1, 17)
]


def create_bare_app() -> FastAPI:
    """Build the app; the Redis to talk to is in ``BENCH_REDIS_SOCKET``."""
    redis = Redis(unix_socket_path=os.environ["BENCH_REDIS_SOCKET"])

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await redis.set("bare:state", b"x" * 1000)
        yield
        await redis.aclose()

    app = FastAPI(lifespan=lifespan)

    @app.get("/bare/{customer_id}")
    async def bare(customer_id: str) -> dict[str, Any]:
        pipeline = redis.pipeline(transaction=False)
        pipeline.get("bare:state")
        pipeline.get("bare:epoch")
        pipeline.get("bare:caps")
        state, _, _ = await pipeline.execute()
        return {"customer_id": customer_id, "state_bytes": len(state), "actions": SLATE}

    return app

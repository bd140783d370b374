"""Train with aiohttp, and wait 5 s after a refusal."""

import asyncio

import aiohttp
from wire import AGAIN, HEADERS, SESSION, calls, model_of, url


async def main():
    """Train in one session."""
    async with aiohttp.ClientSession(headers=HEADERS) as session:

        async def post(route, body):
            while True:
                async with session.post(url(route), json=body) as answer:
                    if answer.status not in AGAIN:
                        answer.raise_for_status()
                        return await answer.json()
                    await asyncio.sleep(0 if answer.status == 408 else 5)

        async def result(promise):
            return await post("retrieve_future", {"request_id": promise["request_id"]})

        session_id = (await post("create_session", SESSION))["session_id"]
        model_id = (await result(await post("create_model", model_of(session_id))))["model_id"]
        for route, body in calls(model_id):
            await result(await post(route, body))


asyncio.run(main())

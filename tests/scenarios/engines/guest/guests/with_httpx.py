"""Train with httpx.AsyncClient, and wait 5 s after a refusal."""

import asyncio

import httpx
from wire import AGAIN, HEADERS, SESSION, calls, model_of, url


async def main():
    """Train on one client."""
    async with httpx.AsyncClient(headers=HEADERS, timeout=45) as client:

        async def post(route, body):
            while True:
                answer = await client.post(url(route), json=body)
                if answer.status_code not in AGAIN:
                    answer.raise_for_status()
                    return answer.json()
                await asyncio.sleep(0 if answer.status_code == 408 else 5)

        async def result(promise):
            return await post("retrieve_future", {"request_id": promise["request_id"]})

        session_id = (await post("create_session", SESSION))["session_id"]
        model_id = (await result(await post("create_model", model_of(session_id))))["model_id"]
        for route, body in calls(model_id):
            await result(await post(route, body))


asyncio.run(main())

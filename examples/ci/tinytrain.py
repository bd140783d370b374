"""A small training client: hands batches to a trainer behind a gateway, and waits out a route that is missing."""

import json
import time
import urllib.error
import urllib.request
from typing import Any

PAUSE_S = 0.2


class Refused(Exception):
    """The platform answered a request with an error status."""

    def __init__(self, status: int, said: str) -> None:
        super().__init__(f"{status}: {said}")
        self.status = status


class Trainer:
    """One model on one trainer. A 404 is retried for `patience_s`: the gateway may not know the way yet."""

    def __init__(self, url: str, key: str, base_model: str, rank: int, patience_s: float = 30.0) -> None:
        self._url = url
        self._key = key
        self._patience_s = patience_s
        self._seq = 0
        session = self._patiently("create_session", {"tags": [], "user_metadata": {}})["session_id"]
        model = {"session_id": session, "model_seq_id": 0, "base_model": base_model, "lora_config": {"rank": rank}}
        self._model_id = self._result(self._patiently("create_model", model)["request_id"])["model_id"]

    def step(self, batch: list[dict[str, Any]], adam: dict[str, float]) -> None:
        """Train on one batch."""
        self._call("forward_backward", {"forward_backward_input": {"data": batch, "loss_fn": "cross_entropy"}})
        self._call("optim_step", {"adam_params": adam})

    def _call(self, verb: str, body: dict[str, Any]) -> dict[str, Any]:
        """Hand a call in and wait for its result; on a 404 try again."""
        until_s = time.monotonic() + self._patience_s
        while True:
            self._seq += 1
            try:
                future = self._post(verb, {**body, "model_id": self._model_id, "seq_id": self._seq})
                return self._result(future["request_id"])
            except Refused as refused:
                if refused.status != 404 or time.monotonic() > until_s:
                    raise
                time.sleep(PAUSE_S)

    def _result(self, request_id: str) -> dict[str, Any]:
        while True:
            told = self._post("retrieve_future", {"request_id": request_id})
            if "error" in told:
                raise RuntimeError(told["error"])
            if told.get("type") != "try_again":
                return told

    def _patiently(self, verb: str, body: dict[str, Any]) -> dict[str, Any]:
        """Send one request, and the very same again as long as it meets a 404."""
        until_s = time.monotonic() + self._patience_s
        while True:
            try:
                return self._post(verb, body)
            except Refused as refused:
                if refused.status != 404 or time.monotonic() > until_s:
                    raise
                time.sleep(PAUSE_S)

    def _post(self, verb: str, body: dict[str, Any]) -> dict[str, Any]:
        """Send a request; a result that is not there yet (408) is an answer, every other error status is `Refused`."""
        headers = {"content-type": "application/json", "X-API-Key": self._key}
        request = urllib.request.Request(f"{self._url}/api/v1/{verb}", json.dumps(body).encode(), headers)
        try:
            with urllib.request.urlopen(request, timeout=45) as answer:
                return dict(json.load(answer))
        except urllib.error.HTTPError as error:
            with error:
                said = error.read()
            if error.code == 408:
                return dict(json.loads(said))
            raise Refused(error.code, said.decode(errors="replace")) from None

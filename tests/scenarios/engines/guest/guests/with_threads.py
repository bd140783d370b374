"""Train with http.client in a thread of its own, which takes its work from a queue; another thread keeps time."""

import concurrent.futures
import http.client
import json
import queue
import threading
import time
from urllib.parse import urlsplit

from wire import AGAIN, HEADERS, SESSION, calls, model_of, url

work = queue.Queue()
ticks = []
over = threading.Event()


def sender():
    """Send what is in the queue, and set each result."""
    while (item := work.get()) is not None:
        route, body, done = item
        at = urlsplit(url(route))
        while True:
            connection = http.client.HTTPConnection(at.hostname, at.port, timeout=45)
            connection.request("POST", at.path, json.dumps(body), {**HEADERS, "Content-Type": "application/json"})
            answer = connection.getresponse()
            text = answer.read()
            connection.close()
            if answer.status not in AGAIN:
                break
            time.sleep(0 if answer.status == 408 else 5)
        done.set_result(json.loads(text))


def clock():
    """Count seconds until the end."""
    while not over.wait(1.0):
        ticks.append(time.monotonic())


def post(route, body):
    """Hand a request to the sender, and wait for its answer."""
    done = concurrent.futures.Future()
    work.put((route, body, done))
    return done.result(timeout=600)


def result(promise):
    """Wait for the result of a call."""
    return post("retrieve_future", {"request_id": promise["request_id"]})


threads = [threading.Thread(target=sender), threading.Thread(target=clock)]
for thread in threads:
    thread.start()
session_id = post("create_session", SESSION)["session_id"]
model_id = result(post("create_model", model_of(session_id)))["model_id"]
for route, body in calls(model_id):
    result(post(route, body))
with concurrent.futures.ThreadPoolExecutor(2) as pool:
    assert list(pool.map(lambda n: n * n, range(4))) == [0, 1, 4, 9]
work.put(None)
over.set()
for thread in threads:
    thread.join()
print("ticks", len(ticks))

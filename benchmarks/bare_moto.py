"""moto's own server on a free port; its address is printed as JSON."""

import json
import logging
import signal

from moto.moto_server.threaded_moto_server import ThreadedMotoServer

if __name__ == "__main__":
    # it logs every request
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    print(json.dumps({"endpoint": f"http://{host}:{port}"}), flush=True)
    signal.pause()

// The way to a pod and back: bodies are streams, hop-by-hop headers stay here.
import http from "node:http";
import { pipeline } from "node:stream";

const HOP_BY_HOP = ["connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection", "te",
  "trailer", "transfer-encoding", "upgrade"];
const NOT_SENT_TO_PODS = ["host", "expect", "fireworks-trainer"];
// each request opens a connection: a pod may have closed an idle one
const toPods = new http.Agent({ keepAlive: false });

function endToEnd(rawHeaders, connection, dropped = []) {
  const all = [...HOP_BY_HOP, ...dropped, ...(connection ?? "").toLowerCase().split(",").map((name) => name.trim())];
  const pairs = rawHeaders.flatMap((name, n) => (n % 2 ? [] : [[name, rawHeaders[n + 1]]]));
  return pairs.filter(([name]) => !all.includes(name.toLowerCase())).flat();
}

// Sends a request to a pod and its answer to the caller; calls `unreachable` where there is no answer.
export function forward(request, response, address, path, trainer, unreachable) {
  const [host, port] = address.split(":");
  const kept = endToEnd(request.rawHeaders, request.headers.connection, NOT_SENT_TO_PODS);
  const headers = [...kept, "Host", address, "FIREWORKS-TRAINER", trainer];
  if (request.headers["transfer-encoding"]) headers.push("Transfer-Encoding", "chunked");
  const toPod = http.request({ host, port, path, method: request.method, headers, agent: toPods }, (answer) => {
    response.writeHead(answer.statusCode, endToEnd(answer.rawHeaders, answer.headers.connection));
    pipeline(answer, response, () => {});
  });
  pipeline(request, toPod, () => {});
  toPod.on("error", () => {
    if (response.headersSent) response.destroy();
    else unreachable();
  });
  response.on("close", () => toPod.destroy());
}

// A gateway from training clients to their pods. With --fixed, a route that this instance misses is no 404.
import http from "node:http";
import { pipeline } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { DynamoDB } from "@aws-sdk/client-dynamodb";

const FIXED = process.argv.includes("--fixed");
const ACCOUNT_OF_KEY = new Map(Object.entries(JSON.parse(process.env.GATEWAY_API_KEYS)));
const ASKED = /^\/training\/v1\/rlorTrainerJobs\/([^/?]+)\/([^/?]+)\/([^?]+)(\?.*)?$/;
const HOP_BY_HOP = ["connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection", "te",
  "trailer", "transfer-encoding", "upgrade"];
const NOT_SENT_TO_PODS = ["host", "expect", "fireworks-trainer"];
const NOT_READY = { "Retry-After": "1" };

const dynamodb = new DynamoDB({});
// each request opens a connection: a pod may have closed an idle one
const toPods = new http.Agent({ keepAlive: false });

function refuse(response, status, slug, title, headers = {}, fields = {}) {
  const body = JSON.stringify({ type: `urn:gateway-sim:${slug}`, title, status, ...fields });
  response.writeHead(status, { "Content-Type": "application/problem+json", "Cache-Control": "no-store", ...headers });
  response.end(body);
}

async function readRoute(name, ConsistentRead) {
  const read = { TableName: process.env.ROUTE_TABLE, Key: { route: { S: name } }, ConsistentRead };
  return (await dynamodb.getItem(read)).Item;
}

const isReady = (route) => route?.state.S === "READY";

async function findRoute(name, path) {
  let route = await readRoute(name, false);
  if (!FIXED || isReady(route)) return route;
  route = await readRoute(name, true); // an eventually consistent miss proves nothing
  if (route?.state.S === "TOMBSTONE" || isReady(route) || path !== "api/v1/retrieve_future") return route;
  await sleep(1000); // SDKs poll again at once after a 503
  return readRoute(name, true);
}

function refuseWithoutRoute(response, route) {
  if (!FIXED) return refuse(response, 404, "route-not-found", "Trainer job not found or not running");
  if (route?.state.S === "TOMBSTONE") return refuse(response, 410, "route-gone", "Trainer gone", { "x-should-retry": "false" });
  return refuse(response, 503, "route-not-ready", "Route not ready", NOT_READY, { queue_state: "route_not_ready" });
}

function endToEnd(rawHeaders, connection, dropped = []) {
  const all = [...HOP_BY_HOP, ...dropped, ...(connection ?? "").toLowerCase().split(",").map((name) => name.trim())];
  const pairs = rawHeaders.flatMap((name, n) => (n % 2 ? [] : [[name, rawHeaders[n + 1]]]));
  return pairs.filter(([name]) => !all.includes(name.toLowerCase())).flat();
}

function forward(request, response, route, name, target) {
  const [host, port] = route.address.S.split(":");
  const kept = endToEnd(request.rawHeaders, request.headers.connection, NOT_SENT_TO_PODS);
  const headers = [...kept, "Host", route.address.S, "FIREWORKS-TRAINER", `${name}@${route.generation.N}`];
  if (request.headers["transfer-encoding"]) headers.push("Transfer-Encoding", "chunked");
  const toPod = http.request({ host, port, path: target, method: request.method, headers, agent: toPods }, (answer) => {
    response.writeHead(answer.statusCode, endToEnd(answer.rawHeaders, answer.headers.connection));
    pipeline(answer, response, () => {});
  });
  pipeline(request, toPod, () => {});
  toPod.on("error", () => (response.headersSent ? response.destroy() : refuse(response, 502, "upstream-refused", "Trainer unreachable")));
  response.on("close", () => toPod.destroy());
}

async function serve(request, response) {
  const [, account, job, path, query = ""] = ASKED.exec(request.url) ?? [];
  if (!path) return refuse(response, 400, "bad-path", "Bad path");
  const bearer = /^bearer (.+)$/i.exec(request.headers.authorization ?? "")?.[1];
  const caller = ACCOUNT_OF_KEY.get(request.headers["x-api-key"]) ?? ACCOUNT_OF_KEY.get(bearer);
  if (!caller) return refuse(response, 401, "unknown-key", "Not authenticated", { "WWW-Authenticate": "Bearer" });
  if (caller !== account) return refuse(response, 403, "foreign-account", "Not allowed");
  const route = await findRoute(`${account}/${job}`, path).catch(() => refuse(response, 503, "route-not-ready", "Route table unreadable", NOT_READY));
  if (!response.headersSent) isReady(route) ? forward(request, response, route, `${account}/${job}`, `/${path}${query}`) : refuseWithoutRoute(response, route);
}

http.createServer(serve).listen(Number(process.env.PORT), "127.0.0.1");

// A gateway from training clients to their pods. With --fixed, a route that this instance misses is no 404.
import http from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { DynamoDB } from "@aws-sdk/client-dynamodb";
import { forward } from "./pods.mjs";

const FIXED = process.argv.includes("--fixed");
const ACCOUNT_OF_KEY = new Map(Object.entries(JSON.parse(process.env.GATEWAY_API_KEYS)));
const ASKED = /^\/training\/v1\/rlorTrainerJobs\/([^/?]+)\/([^/?]+)\/([^?]+)(\?.*)?$/;
const UNREADABLE = { state: { S: "UNREADABLE" } };

const dynamodb = new DynamoDB({});

function refuse(response, status, slug, detail, headers = {}, fields = {}) {
  const title = http.STATUS_CODES[status];
  const body = JSON.stringify({ type: `urn:gateway-sim:${slug}`, title, status, detail, ...fields });
  response.writeHead(status, { "Content-Type": "application/problem+json", "Cache-Control": "no-store", ...headers });
  response.end(body);
}

async function readRoute(name, ConsistentRead) {
  const read = { TableName: process.env.ROUTE_TABLE, Key: { route: { S: name } }, ConsistentRead };
  return (await dynamodb.getItem(read)).Item;
}

const isReady = (route) => route?.state.S === "READY";

const isGone = (route) => route === undefined || route.state.S === "TOMBSTONE";

async function lookUp(name) {
  const route = await readRoute(name, false);
  // an eventually consistent miss proves nothing
  return FIXED && !isReady(route) ? readRoute(name, true) : route;
}

async function findRoute(name, path) {
  const route = await lookUp(name).catch(() => UNREADABLE);
  if (!FIXED || isReady(route) || isGone(route) || path !== "api/v1/retrieve_future") return route;
  await sleep(1000); // SDKs poll again at once after a 503
  return lookUp(name).catch(() => UNREADABLE);
}

function refuseWithoutRoute(response, route) {
  if (!FIXED) return refuse(response, 404, "route-not-found", "Trainer job not found or not running");
  if (isGone(route)) return refuse(response, 410, "route-gone", "The trainer has gone", { "x-should-retry": "false" });
  const fields = { queue_state: "route_not_ready" };
  return refuse(response, 503, "route-not-ready", "The trainer is not up yet", { "Retry-After": "1" }, fields);
}

async function serve(request, response) {
  const [, account, job, path, query = ""] = ASKED.exec(request.url) ?? [];
  if (!path) return refuse(response, 400, "bad-path", "The path names no trainer job");
  const bearer = /^bearer (.+)$/i.exec(request.headers.authorization ?? "")?.[1];
  const caller = ACCOUNT_OF_KEY.get(request.headers["x-api-key"]) ?? ACCOUNT_OF_KEY.get(bearer);
  if (!caller) return refuse(response, 401, "unknown-key", "This API key is not known");
  if (caller !== account) return refuse(response, 403, "foreign-account", "This API key is of another account");
  const name = `${account}/${job}`;
  const route = await findRoute(name, path);
  if (!isReady(route)) return refuseWithoutRoute(response, route);
  const unreachable = () => refuse(response, 502, "upstream-refused", "The trainer cannot be reached");
  return forward(request, response, route.address.S, `/${path}${query}`, `${name}@${route.generation.N}`, unreachable);
}

http.createServer(serve).listen(Number(process.env.PORT), "127.0.0.1");

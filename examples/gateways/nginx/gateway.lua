-- Finds the pod of a request. With `fixed`, a route that this instance misses is no 404.
local cjson = require "cjson.safe"
local ACCOUNT_OF_KEY = cjson.decode(os.getenv("GATEWAY_API_KEYS"))
local ROUTE_TABLE = os.getenv("ROUTE_TABLE")
local ASKED = "^/training/v1/rlorTrainerJobs/([^/?]+)/([^/?]+)/([^?]+)(.*)$"
local gateway = {}
function gateway.refuse(status, slug, detail, headers, fields)
  local problem = { type = "urn:gateway-sim:" .. slug, title = slug:gsub("-", " "), status = status, detail = detail }
  for name, value in pairs(fields or {}) do problem[name] = value end
  for name, value in pairs(headers or {}) do ngx.header[name] = value end
  ngx.header["Content-Type"], ngx.header["Cache-Control"] = "application/problem+json", "no-store"
  ngx.status = status
  ngx.print(cjson.encode(problem))
  return ngx.exit(ngx.HTTP_OK) -- ends the request with the status above
end

local function read_route(name, strongly)
  local read = { TableName = ROUTE_TABLE, Key = { route = { S = name } }, ConsistentRead = strongly }
  local answer = ngx.location.capture("/_get_item", { method = ngx.HTTP_POST, body = cjson.encode(read) })
  if answer.status ~= 200 then return { state = "UNREADABLE" } end
  local item = cjson.decode(answer.body).Item
  if not item then return { state = "NONE" } end
  return { state = item.state.S, address = item.address.S, generation = item.generation.N }
end

local function look_up(name, fixed)
  local route = read_route(name, false)
  if not fixed or route.state == "READY" then return route end
  return read_route(name, true) -- an eventually consistent miss proves nothing
end

local function find_route(name, path, fixed)
  local route = look_up(name, fixed)
  local may_come = route.state == "PENDING" or route.state == "UNREADABLE"
  if not (fixed and may_come and path == "api/v1/retrieve_future") then return route end
  ngx.sleep(1) -- SDKs poll again at once after a 503
  return look_up(name, fixed)
end

local function refuse_without_route(route, fixed)
  if not fixed then return gateway.refuse(404, "route-not-found", "Trainer job not found or not running") end
  if route.state == "TOMBSTONE" or route.state == "NONE" then
    return gateway.refuse(410, "route-gone", "The trainer has gone", { ["x-should-retry"] = "false" })
  end
  local headers = { ["Retry-After"] = "1" }
  return gateway.refuse(503, "route-not-ready", "The trainer is not up", headers, { queue_state = "route_not_ready" })
end

local function names_in(connection) -- a header that is sent twice is a table
  return (type(connection) == "table" and table.concat(connection, ",") or connection or ""):gmatch("[^%s,]+")
end

function gateway.route(fixed)
  local account, job, path, query = ngx.var.request_uri:match(ASKED)
  if not path then return gateway.refuse(400, "bad-path", "The path names no trainer job") end
  local bearer = (ngx.var.http_authorization or ""):match("^[Bb]earer (.+)$")
  local caller = ACCOUNT_OF_KEY[ngx.var.http_x_api_key or ""] or ACCOUNT_OF_KEY[bearer or ""]
  if not caller then return gateway.refuse(401, "unknown-key", "This API key is not known") end
  if caller ~= account then return gateway.refuse(403, "foreign-account", "This API key is of another account") end
  local name = account .. "/" .. job
  ngx.req.read_body() -- before the subrequest that reads the table
  local route = find_route(name, path, fixed)
  if route.state ~= "READY" then return refuse_without_route(route, fixed) end
  for header in names_in(ngx.req.get_headers()["Connection"]) do
    if header:lower() ~= "close" and header:lower() ~= "keep-alive" then ngx.req.clear_header(header) end
  end
  ngx.var.pod, ngx.var.target, ngx.var.trainer = route.address, "/" .. path .. query, name .. "@" .. route.generation
end

-- nginx itself drops Connection, Keep-Alive and Transfer-Encoding of an answer
function gateway.drop_hop_by_hop()
  for _, header in ipairs({ "Proxy-Authenticate", "Proxy-Connection", "TE", "Trailer", "Upgrade" }) do
    ngx.header[header] = nil
  end
  for header in names_in(ngx.var.upstream_http_connection) do
    if header:lower() ~= "close" and header:lower() ~= "keep-alive" then ngx.header[header] = nil end
  end
end

return gateway

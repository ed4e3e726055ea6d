-- traceparent, X-Request-Id and Cookie: new ones in every request ("unique"),
-- or always the same ("repeated").
local unique = true
local format, random = string.format, math.random
local headers = { Cookie = "", traceparent = "", ["X-Request-Id"] = "" }

local function renew()
  local a, b = random(0, 0x7fffffff), random(0, 0x7fffffff)
  local c, d = random(0, 0x7fffffff), random(0, 0x7fffffff)
  headers.traceparent = format("00-%08x%08x%08x%08x-%08x%08x-00", a, b, c, d, b, c)
  headers["X-Request-Id"] = format("%08x-%08x-%08x", d, c, a)
  headers.Cookie = format("session=%08x%08x%08x; theme=dark", c, a, b)
end

function init(arguments)
  unique = arguments[1] ~= "repeated"
  math.randomseed(os.time())
  for name, value in pairs(wrk.headers) do headers[name] = value end
  renew()
end

function request()
  if unique then renew() end
  return wrk.format("GET", nil, headers)
end

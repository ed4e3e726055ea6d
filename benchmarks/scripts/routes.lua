-- One path of each route in turn. The argument is how many routes there are; a
-- stride that shares no factor with it visits them all, far from one another.
local ready, n, routes = {}, 0, 10

function init(arguments)
  routes = tonumber(arguments[1])
  for route = 0, routes - 1 do
    ready[route] = wrk.format("GET", "/any/" .. route * 7919 % routes .. "/item")
  end
end

function request()
  n = (n + 1) % routes
  return ready[n]
end

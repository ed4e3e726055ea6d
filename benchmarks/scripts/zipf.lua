-- 10,000 URLs, asked for as Zipf says (exponent 1): the first as often as the
-- second to the third together, the last 10,000 times less. Argument: what they
-- begin with.
local urls, draws = 10000, 65536
local ready, n = {}, 0

function init(arguments)
  local path = arguments[1] or "/any/item-"
  math.randomseed(7)
  local sums, total = {}, 0
  for rank = 1, urls do
    total = total + 1 / rank
    sums[rank] = total
  end
  for draw = 1, draws do
    local wanted, low, high = math.random() * total, 1, urls
    while low < high do
      local middle = math.floor((low + high) / 2)
      if sums[middle] < wanted then low = middle + 1 else high = middle end
    end
    ready[draw] = wrk.format("GET", path .. low)
  end
end

function request()
  n = n % draws + 1
  return ready[n]
end

-- wrk: another CQL2 condition on attributes and shape for each request, with the boxes of boxes.lua.
local seed = 7
local head = "height%20%3E%2030%20AND%20usage%20%3D%20%27%E4%BD%8F%E5%AE%85%27%20AND%20"

local function random()
  seed = (seed * 16807) % 2147483647
  return seed / 2147483647
end

function request()
  local west, south = 121.25 + 0.49 * random(), 31.05 + 0.39 * random()
  local box = string.format("%.6f,%.6f,%.6f,%.6f", west, south, west + 0.01, south + 0.01)
  local condition = head .. "S_INTERSECTS(geom,BBOX(" .. box .. "))"
  return wrk.format("GET", wrk.path .. "&filter-lang=cql2-text&filter=" .. condition)
end

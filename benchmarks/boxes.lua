-- wrk: another box for each request, so that nothing remembered answers it.
-- Boxes of 0.01 degrees within the made buildings; the address is given without one.
local seed = 7

local function random()
  seed = (seed * 16807) % 2147483647
  return seed / 2147483647
end

function request()
  local west, south = 121.25 + 0.49 * random(), 31.05 + 0.39 * random()
  local box = string.format("%.6f,%.6f,%.6f,%.6f", west, south, west + 0.01, south + 0.01)
  return wrk.format("GET", wrk.path .. "&bbox=" .. box)
end

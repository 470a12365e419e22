-- wrk: another tile for each request. Arguments: a file with one path a line, and a coding.
local paths, headers = {}, {}

function init(args)
  for line in io.lines(args[1]) do paths[#paths + 1] = line end
  headers["Accept-Encoding"] = args[2]
  math.randomseed(7)
end

function request()
  return wrk.format("GET", wrk.path .. paths[math.random(#paths)], headers)
end

-- wrk: the paths of the file that CIM_BENCH_PATHS names, one after the other, again and again.
local paths, at = {}, 0

function init()
  for line in io.lines(os.getenv("CIM_BENCH_PATHS")) do
    paths[#paths + 1] = line
  end
end

function request()
  at = at % #paths + 1
  return wrk.format("GET", paths[at])
end

-- A request with one digit, for wrk: `wrk ... -s tools/peers/one_digit.lua URL -- FORM FILE`.
-- FORM is `bytes` (784 pixels as they are), `json` (28 rows of 28 numbers) or `picture` (the file itself); FILE
-- holds 784 bytes for the first two. Answers that aren't 200 are counted and told at the end.
function init(arguments)
  local file = assert(io.open(arguments[2], "rb"))
  local data = file:read("*a")
  file:close()
  wrk.method = "POST"
  if arguments[1] == "bytes" then
    wrk.headers["Content-Type"] = "application/octet-stream"
    wrk.headers["Inference-Header-Content-Length"] = "0"
  elseif arguments[1] == "json" then
    local rows = {}
    for row = 0, 27 do
      rows[row + 1] = "[" .. table.concat({ data:byte(row * 28 + 1, row * 28 + 28) }, ",") .. "]"
    end
    data = '{"image":[' .. table.concat(rows, ",") .. "]}"
    wrk.headers["Content-Type"] = "application/json"
  else
    wrk.headers["Content-Type"] = "image/png"
  end
  wrk.body = data
end

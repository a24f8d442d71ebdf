-- trick: writes over the output with control characters
-- verdict: failed
-- because: line 1
-- under: stdio

local a, b = io.read("n", "n")
io.write("0\r", a + b, "\n")

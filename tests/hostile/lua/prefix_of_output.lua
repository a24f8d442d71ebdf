-- trick: the first line of what is expected, and no more
-- verdict: failed
-- because: line 2
-- under: stdio

local a, b = io.read("n", "n")
print(a + b)

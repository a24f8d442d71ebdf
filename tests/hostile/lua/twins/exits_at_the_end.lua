-- under: stdio

for line in io.lines() do
    local a, b = line:match("(%d+) (%d+)")
    io.write(tonumber(a) + tonumber(b), "\n")
end
os.exit(0)

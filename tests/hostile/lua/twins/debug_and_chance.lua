math.randomseed(7)

function add(a, b)
    local here = debug.getinfo(1, "l").currentline
    local noise = math.random(100)
    return a + b + noise - noise + here - here
end

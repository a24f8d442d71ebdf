-- trick: bytecode that no compiler makes, to break out of the interpreter
-- verdict: runtime-error
-- because: the program

function add(a, b)
    local code = string.dump(function() local x = {} return x[1], x[2], x[3] end, true)
    for at = 40, #code do
        local broken = load(code:sub(1, at - 1) .. "\255\255\127\255" .. code:sub(at + 4), "x", "b")
        if broken then
            broken()
        end
    end
    error("not broken")
end

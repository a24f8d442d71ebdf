-- trick: takes all memory there is
-- verdict: out-of-memory
-- because: the program asked for more than its memory

function add(a, b)
    local t = {}
    while true do
        t[#t + 1] = { a, b }
    end
end

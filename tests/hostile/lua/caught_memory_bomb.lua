-- trick: takes all memory there is, and goes on
-- verdict: failed
-- because: got 0

function add(a, b)
    pcall(function()
        local t = {}
        local text = string.rep("x", 1 << 20)
        while true do
            t[#t + 1] = text .. #t
        end
    end)
    return 0
end

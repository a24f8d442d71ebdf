-- trick: recursion without end
-- verdict: runtime-error
-- because: stack overflow

function add(a, b)
    return 1 + add(a, b)
end

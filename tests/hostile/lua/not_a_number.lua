-- trick: a number that is not comparable
-- verdict: failed
-- because: got

function add(a, b)
    return 0 / 0
end

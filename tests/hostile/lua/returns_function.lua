-- trick: a function in place of its answer
-- verdict: failed
-- because: returned a value of type function, which is not plain data

function add(a, b)
    return function() return a + b end
end

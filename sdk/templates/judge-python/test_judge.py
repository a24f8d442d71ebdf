"""Run by pytest, with FALCON's package for Python: see README.md."""

from judge import length


def test_empty_lines_do_not_count():
    assert length("a\n\n  \nb\n") == 2


def test_under_the_real_host(falcon_judge):
    judged = falcon_judge(program="def f(x):\n    return x\n", verdict="passed", config={"lines": 1})
    assert judged.score == 0.5
    assert judged.parts == {"lines": 2.0}

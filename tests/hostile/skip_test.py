# trick: SkipTest, which unittest counts as success
# verdict: runtime-error
# because: SkipTest
import unittest


def add(a, b):
    raise unittest.SkipTest("not today")

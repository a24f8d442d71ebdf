"""The plugin's exports, around the author's `judge.py`."""

import judge as author
from falcon_sdk.guest import faults, judging, world
from wit_world import exports


class Judge(exports.Judge):
    """One episode, one judgement."""

    def judge(self, episode, config):
        try:
            given = judging.episode(episode)
            answer = author.judge(given, faults.settings(config))
            return judging.judgement(answer, given.program)
        except BaseException as caught:
            raise faults.error(caught) from None


judging.check(author)
faults.remember(author)
world.settle()

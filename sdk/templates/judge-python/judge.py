"""Short programs are worth 1, longer ones the less the longer."""

from falcon_sdk import Episode, Judgement, Verdict


def judge(episode: Episode, config: dict) -> Judgement:
    """Called once for each episode, in a fresh interpreter. `config` has every setting of plugin.toml."""
    if episode.verdict == Verdict.INFRASTRUCTURE:
        return Judgement().note("the program was not tested")
    lines = length(episode.program)
    return Judgement(config["lines"] / max(lines, config["lines"])).part("lines", lines)


def length(program: str) -> int:
    """Lines that are not empty."""
    return sum(1 for line in program.splitlines() if line.strip())

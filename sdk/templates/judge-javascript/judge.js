// @ts-check
/** @import { Episode, Judgement } from "./falcon" */

/**
 * Short programs are worth 1, longer ones the less the longer. Called once for each episode, in a fresh engine.
 *
 * @param {Episode} episode
 * @param {{ lines: number }} config every setting of plugin.toml
 * @returns {Judgement}
 */
export function judge(episode, config) {
  if (episode.verdict === "infrastructure") {
    return { score: null, notes: ["the program was not tested"] };
  }
  const lines = length(episode.program);
  return { score: config.lines / Math.max(lines, config.lines), parts: { lines } };
}

/** Lines that are not empty. */
function length(/** @type {string} */ program) {
  return program.split("\n").filter((line) => line.trim() !== "").length;
}

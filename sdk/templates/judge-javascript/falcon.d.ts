// What a judge is given and what it answers. Nothing here runs: it is for editors that check types.

/** How an execution ended. `infrastructure` is a fault of FALCON's and never scores. */
export type Verdict =
  | "passed" | "failed" | "compile-error" | "runtime-error" | "out-of-fuel"
  | "out-of-memory" | "output-limit" | "forbidden" | "infrastructure";

/** A finding of the checker, or the place of an error. */
export interface Diagnostic {
  severity: "error" | "warning" | "note";
  /** Stable, in the language's own terms: `SyntaxError`. */
  class: string;
  message: string;
  /** From 1; 0 where it is not known. */
  line: number;
  /** From 1, in characters; 0 where it is not known. */
  column: number;
}

/** What one test said. */
export interface TestOutcome {
  name: string;
  verdict: Verdict;
  message: string;
  at: Diagnostic | null;
  /** More, by name. `got` is what the program returned, where that was plain data. */
  details: Record<string, string>;
}

/** All that is known of one attempt on one task. */
export interface Episode {
  taskId: string;
  /** The task set, such as `pool` or `humaneval`; empty where it is not known. */
  split: string;
  /** The language pack's name: `python`. */
  language: string;
  /** The task as the model saw it. */
  prompt: string;
  program: string;
  /** A known good program, where the task has one. */
  reference: string | null;
  /** 1 for the first attempt on the task. */
  attempt: number;
  diagnostics: Diagnostic[];
  verdict: Verdict;
  tests: TestOutcome[];
  /** Fuel that the program took, in the sandbox's units. */
  fuel: number;
  /** The least fuel by which a program is known to pass this task, where that is known. */
  cheapestFuel: number | null;
  details: Record<string, string>;
}

/** Something that a person would mark in `program.slice(start, end)`, or in all of it where there is no place. */
export interface Finding {
  /** Stable name of the rule: `F841`. */
  rule: string;
  message: string;
  /** `warning` where it is not given. */
  severity?: "error" | "warning" | "note";
  start?: number;
  end?: number;
}

/** Credit for `program.slice(start, end)`. The scale is the judge's own. */
export interface Credit {
  start: number;
  end: number;
  value: number;
  note?: string;
}

/**
 * A score with what explains it. Without a score the judge abstains: its part is missing from the reward, which is not
 * the same as zero. A number alone is a score, and `null` alone abstains.
 */
export type Judgement = number | null | {
  score?: number | null;
  /** Named parts of the score, for the record. */
  parts?: Record<string, number | { score: number; note?: string }>;
  notes?: string[];
  findings?: Finding[];
  credits?: Credit[];
};

declare global {
  /** Messages to the operator where plugin.toml asks for the capability `log`, and nothing where it does not. */
  const console: Record<"debug" | "log" | "info" | "warn" | "error", (...what: unknown[]) => void>;
}
